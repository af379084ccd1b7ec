namespace ExprGrad;

/// <summary>A compiled function: its value and its gradient at a point.</summary>
/// <param name="x">The point; at least as long as the function needs.</param>
/// <param name="gradient">
/// Where to write the gradient: <c>x.Length</c> elements, overwritten, not <paramref name="x"/> itself and not an array
/// that the function reads. If null, a new array is allocated; if given, nothing is allocated.
/// </param>
/// <returns>The value, and the gradient: <paramref name="gradient"/> if it was given. Components of inputs that the function does not use are 0.</returns>
/// <remarks>Keeps no state: as thread-safe as the lambda that it was compiled from. If it throws, the content of the buffer is unspecified, except where an <see cref="ArgumentException"/> names an argument: then nothing was written.</remarks>
/// <exception cref="ArgumentException"><paramref name="x"/> is null or too short, or <paramref name="gradient"/> has the wrong length or is an array that the function reads.</exception>
public delegate (double Value, double[] Gradient) ValueAndGradient(double[] x, double[]? gradient = null);

/// <summary>A compiled function of a point and of data that is passed at each call: its value, and its gradient with respect to the point.</summary>
/// <typeparam name="TData">The type of the data.</typeparam>
/// <param name="x">The point; at least as long as the function needs.</param>
/// <param name="data">What the function reads besides the point; not differentiated.</param>
/// <param name="gradient">As for <see cref="ValueAndGradient"/>.</param>
/// <returns>As for <see cref="ValueAndGradient"/>.</returns>
/// <exception cref="ArgumentException">As for <see cref="ValueAndGradient"/>.</exception>
public delegate (double Value, double[] Gradient) ValueAndGradient<in TData>(double[] x, TData data, double[]? gradient = null);
