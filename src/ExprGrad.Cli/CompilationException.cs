namespace ExprGrad.Cli;

/// <summary>The expression is not C#; the message shows each error and its place.</summary>
internal sealed class CompilationException(string message) : Exception(message);
