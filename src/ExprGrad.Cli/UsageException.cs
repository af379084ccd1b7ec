namespace ExprGrad.Cli;

/// <summary>The command was not used as it must be; the message says what was expected.</summary>
internal sealed class UsageException(string message) : Exception(message);
