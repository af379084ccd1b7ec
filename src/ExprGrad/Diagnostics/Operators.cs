using System.Collections.Frozen;
using System.Linq.Expressions;

namespace ExprGrad.Diagnostics;

/// <summary>How tightly C# binds, loosest first.</summary>
internal enum Precedence
{
    Lowest, Assignment, Conditional, Coalesce, OrElse, AndAlso, Or, Xor, And, Equality, Relational, Shift, Additive, Multiplicative, Switch, Unary, Primary,
}

/// <summary>A C# operator.</summary>
/// <param name="Symbol">As written.</param>
/// <param name="Precedence">How tightly it binds.</param>
/// <param name="Overflow">True in a checked, false in an unchecked context; null if it is the same in both.</param>
internal readonly record struct Operator(string Symbol, Precedence Precedence, bool? Overflow = null)
{
    private static readonly FrozenDictionary<ExpressionType, Operator> Table = new Dictionary<ExpressionType, Operator>
    {
        [ExpressionType.Multiply] = new("*", Precedence.Multiplicative, false),
        [ExpressionType.MultiplyChecked] = new("*", Precedence.Multiplicative, true),
        [ExpressionType.Divide] = new("/", Precedence.Multiplicative),
        [ExpressionType.Modulo] = new("%", Precedence.Multiplicative),
        [ExpressionType.Add] = new("+", Precedence.Additive, false),
        [ExpressionType.AddChecked] = new("+", Precedence.Additive, true),
        [ExpressionType.Subtract] = new("-", Precedence.Additive, false),
        [ExpressionType.SubtractChecked] = new("-", Precedence.Additive, true),
        [ExpressionType.LeftShift] = new("<<", Precedence.Shift),
        [ExpressionType.RightShift] = new(">>", Precedence.Shift),
        [ExpressionType.LessThan] = new("<", Precedence.Relational),
        [ExpressionType.LessThanOrEqual] = new("<=", Precedence.Relational),
        [ExpressionType.GreaterThan] = new(">", Precedence.Relational),
        [ExpressionType.GreaterThanOrEqual] = new(">=", Precedence.Relational),
        [ExpressionType.Equal] = new("==", Precedence.Equality),
        [ExpressionType.NotEqual] = new("!=", Precedence.Equality),
        [ExpressionType.And] = new("&", Precedence.And),
        [ExpressionType.ExclusiveOr] = new("^", Precedence.Xor),
        [ExpressionType.Or] = new("|", Precedence.Or),
        [ExpressionType.AndAlso] = new("&&", Precedence.AndAlso),
        [ExpressionType.OrElse] = new("||", Precedence.OrElse),
        [ExpressionType.Coalesce] = new("??", Precedence.Coalesce),
        [ExpressionType.Assign] = new("=", Precedence.Assignment),
        [ExpressionType.AddAssign] = new("+=", Precedence.Assignment, false),
        [ExpressionType.AddAssignChecked] = new("+=", Precedence.Assignment, true),
        [ExpressionType.SubtractAssign] = new("-=", Precedence.Assignment, false),
        [ExpressionType.SubtractAssignChecked] = new("-=", Precedence.Assignment, true),
        [ExpressionType.MultiplyAssign] = new("*=", Precedence.Assignment, false),
        [ExpressionType.MultiplyAssignChecked] = new("*=", Precedence.Assignment, true),
        [ExpressionType.DivideAssign] = new("/=", Precedence.Assignment),
        [ExpressionType.ModuloAssign] = new("%=", Precedence.Assignment),
        [ExpressionType.AndAssign] = new("&=", Precedence.Assignment),
        [ExpressionType.OrAssign] = new("|=", Precedence.Assignment),
        [ExpressionType.ExclusiveOrAssign] = new("^=", Precedence.Assignment),
        [ExpressionType.LeftShiftAssign] = new("<<=", Precedence.Assignment),
        [ExpressionType.RightShiftAssign] = new(">>=", Precedence.Assignment),
        [ExpressionType.Negate] = new("-", Precedence.Unary, false),
        [ExpressionType.NegateChecked] = new("-", Precedence.Unary, true),
        [ExpressionType.UnaryPlus] = new("+", Precedence.Unary),
        [ExpressionType.Not] = new("!", Precedence.Unary),
        [ExpressionType.IsFalse] = new("!", Precedence.Unary),
        [ExpressionType.OnesComplement] = new("~", Precedence.Unary),
        [ExpressionType.PreIncrementAssign] = new("++", Precedence.Unary, false),
        [ExpressionType.PreDecrementAssign] = new("--", Precedence.Unary, false),
    }.ToFrozenDictionary();

    public static Operator? Of(ExpressionType type) => Table.TryGetValue(type, out var found) ? found : null;

    public bool IsRightAssociative => Precedence is Precedence.Assignment or Precedence.Coalesce;
}
