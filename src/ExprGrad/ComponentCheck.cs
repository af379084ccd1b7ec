namespace ExprGrad;

/// <summary>One component of a <see cref="GradientCheck"/>.</summary>
/// <param name="Index">Which element of the point.</param>
/// <param name="Gradient">The component of the gradient that ExprGrad computes.</param>
/// <param name="Estimate">
/// The numerical derivative of the plain lambda; from one side where the lambda has no finite values on the other. NaN where the values do not converge: the lambda is not finite at the point or next to it
/// (a neighbour where it throws counts as not finite), jumps there, or has a vertical tangent. At a kink the mean of the slopes on both sides.
/// </param>
/// <param name="Uncertainty">How far <paramref name="Estimate"/> itself may be off, by its own reckoning; NaN where there is no estimate.</param>
/// <param name="Error">
/// |<paramref name="Gradient"/> − <paramref name="Estimate"/>| divided by the largest of |<paramref name="Gradient"/>|, |<paramref name="Estimate"/>| and 10⁶ · <paramref name="Uncertainty"/>: a difference that the
/// uncertainty explains is an error of 10⁻⁶ at most. Infinite if the estimate is a number and the gradient is not; NaN where there is no estimate.
/// </param>
public sealed record ComponentCheck(int Index, double Gradient, double Estimate, double Uncertainty, double Error);
