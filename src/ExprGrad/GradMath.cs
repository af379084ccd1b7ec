namespace ExprGrad;
/// <summary>.</summary>
public static class GradMath {}
