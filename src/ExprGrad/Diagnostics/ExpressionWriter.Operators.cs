using System.Linq.Expressions;

namespace ExprGrad.Diagnostics;

internal sealed partial class ExpressionWriter
{
    private void Binary(BinaryExpression node)
    {
        if (node.NodeType == ExpressionType.ArrayIndex)
        {
            Operand(node.Left, Precedence.Primary);
            text.Add("[");
            Operand(node.Right);
            text.Add("]");
        }
        else if (node.NodeType == ExpressionType.PowerAssign)
        {
            Level(Precedence.Assignment);
            Operand(node.Left, Precedence.Unary);
            text.Add(" = ");
            StaticCall(typeof(Math), nameof(Math.Pow), [node.Left, node.Right]);
        }
        else if (node.NodeType == ExpressionType.Power) StaticCall(typeof(Math), nameof(Math.Pow), [node.Left, node.Right]);
        else if (node.Method is { IsSpecialName: false, DeclaringType: { } owner } method && owner != typeof(string)) StaticCall(owner, method.Name, [node.Left, node.Right]);
        else if (Operator.Of(node.NodeType) is { } op) Infix(node, op);
        else StaticCall(typeof(Expression), node.NodeType.ToString(), [node.Left, node.Right]);
    }

    private void Infix(BinaryExpression node, Operator op)
    {
        Overflow(op.Overflow, node.Type);
        if (op.Precedence > Precedence.Relational || op.Precedence is Precedence.And or Precedence.Or or Precedence.Xor) Narrow(node.Type);
        Level(op.Precedence);
        var (left, right) = op.IsRightAssociative ? (op.Precedence + 1, op.Precedence) : (op.Precedence, op.Precedence + 1);
        if (op.Precedence == Precedence.Assignment) left = Precedence.Unary;

        if (!compilable && op.Precedence is Precedence.Equality or Precedence.Relational && Unpromoted(node) is var (a, b))
        {
            Operand(a, left);
            text.Add($" {op.Symbol} ");
            Operand(b, right);
            return;
        }

        var spelledOut = SpelledOut(node);
        Operand(node.Left, left, node.Left == spelledOut);
        text.Add($" {op.Symbol} ");
        if (op.Precedence == Precedence.Coalesce && IsThrow(node.Right)) right = Precedence.Lowest;
        Operand(node.Right, right, node.Right == spelledOut);
    }

    /// <summary>The operand whose type or value must be spelled out, so that the text means what the tree means.</summary>
    private Expression? SpelledOut(BinaryExpression node)
    {
        if (compilable)
        {
            // A constant expression that overflows or divides by zero is an error of the C# compiler, where the tree throws or wraps around when it runs.
            if (IsLiteral(node.Left) && IsLiteral(node.Right)) return node.Left;
            return node.NodeType is ExpressionType.Divide or ExpressionType.Modulo && Conversions.IsIntegral(node.Type) && IsLiteral(node.Right) ? node.Right : null;
        }

        // n / 2 must not stand for n / 2.0, nor n / m for (double)n / m.
        if (node.NodeType == ExpressionType.Assign || !HidesType(node.Left) || !HidesType(node.Right)) return null;
        return node.Right is ConstantExpression ? node.Right : node.Left;
    }

    private static bool HidesType(Expression node) => node switch
    {
        ConstantExpression { Value: var value } => Literal.LooksLikeInt(value),
        UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked, Method: null } convert => Conversions.IsWidening(convert.Operand.Type, convert.Type),
        _ => false,
    };

    /// <summary>C# compares enumerations and characters as integers: <c>(int)day == 1</c> was <c>day == DayOfWeek.Monday</c>.</summary>
    private static (Expression, Expression)? Unpromoted(BinaryExpression node)
    {
        return (node.Left, node.Right) switch
        {
            (UnaryExpression { NodeType: ExpressionType.Convert } convert, ConstantExpression constant) when Demote(convert, constant) is { } c => (convert.Operand, c),
            (ConstantExpression constant, UnaryExpression { NodeType: ExpressionType.Convert } convert) when Demote(convert, constant) is { } c => (c, convert.Operand),
            (UnaryExpression { NodeType: ExpressionType.Convert, Operand: { Type.IsEnum: true } a }, UnaryExpression { NodeType: ExpressionType.Convert, Operand: { Type.IsEnum: true } b }) => (a, b),
            _ => null,
        };

        static ConstantExpression? Demote(UnaryExpression convert, ConstantExpression constant) => (convert.Operand.Type, constant.Value) switch
        {
            ({ IsEnum: true } type, int or long or uint or ulong or byte or sbyte or short or ushort) => Expression.Constant(Enum.ToObject(type, constant.Value)),
            (var type, int and >= char.MinValue and <= char.MaxValue) when type == typeof(char) => Expression.Constant((char)(int)constant.Value),
            _ => null,
        };
    }

    private void Unary(UnaryExpression node)
    {
        switch (node.NodeType)
        {
            case ExpressionType.Convert or ExpressionType.ConvertChecked or ExpressionType.Unbox:
                Convert(node);
                break;
            case ExpressionType.Quote or ExpressionType.IsTrue:
                Operand(node.Operand, at.Required);
                break;
            case ExpressionType.ArrayLength:
                Operand(node.Operand, Precedence.Primary);
                text.Add(".Length");
                break;
            case ExpressionType.TypeAs:
                Level(Precedence.Relational);
                Operand(node.Operand, Precedence.Relational);
                text.Add($" as {NameOf(node.Type)}");
                break;
            case ExpressionType.Throw:
                text.Add("throw");
                if (node.Operand is null) break;
                text.Add(" ");
                Operand(node.Operand);
                break;
            case ExpressionType.Increment or ExpressionType.Decrement:
                Overflow(false, node.Type);
                Narrow(node.Type);
                Level(Precedence.Additive);
                Operand(node.Operand, Precedence.Additive, spelledOut: compilable && IsLiteral(node.Operand));
                text.Add(node.NodeType == ExpressionType.Increment ? " + 1" : " - 1");
                break;
            case ExpressionType.PostIncrementAssign or ExpressionType.PostDecrementAssign:
                Overflow(false, node.Type);
                Operand(node.Operand, Precedence.Primary);
                text.Add(node.NodeType == ExpressionType.PostIncrementAssign ? "++" : "--");
                break;
            default:
                if (node.Method is { IsSpecialName: false, DeclaringType: { } owner } method) StaticCall(owner, method.Name, [node.Operand]);
                else Prefix(node, Operator.Of(node.NodeType) ?? new($"{node.NodeType} ", Precedence.Unary));
                break;
        }
    }

    private void Prefix(UnaryExpression node, Operator op)
    {
        Overflow(op.Overflow, node.Type);
        Narrow(node.Type);
        Level(Precedence.Unary);
        text.Add(node.NodeType == ExpressionType.Not && Conversions.IsIntegral(node.Type) ? "~" : op.Symbol);
        Operand(node.Operand, AfterSign(node.Operand), spelledOut: compilable && IsLiteral(node.Operand));
    }

    private void Convert(UnaryExpression node)
    {
        bool needed = compilable ? node.Type != node.Operand.Type : !Conversions.IsImplicit(node) && !IsMethodGroup(node.Operand);
        if (!needed && (compilable || !at.SpelledOut))
        {
            Operand(node.Operand, at.Required, at.SpelledOut);
            return;
        }
        if (node.Method is null && Conversions.IsNumeric(node.Operand.Type) && !Conversions.IsWidening(node.Operand.Type, node.Type)) Overflow(node.NodeType == ExpressionType.ConvertChecked, node.Type);
        Level(Precedence.Unary);
        text.Add($"({NameOf(node.Type)})");
        Operand(node.Operand, AfterSign(node.Operand), spelledOut: compilable && IsLiteral(node.Operand));
    }

    private void Conditional(ConditionalExpression node)
    {
        Level(Precedence.Conditional);
        Operand(node.Test, Precedence.Coalesce, spelledOut: compilable && IsLiteral(node.Test));
        text.Add(" ? ");
        Operand(node.IfTrue, IsThrow(node.IfTrue) ? Precedence.Lowest : Precedence.Coalesce);
        text.Add(" : ");
        Operand(node.IfFalse, IsThrow(node.IfFalse) ? Precedence.Lowest : Precedence.Conditional);
    }

    private void TypeTest(TypeBinaryExpression node)
    {
        bool exact = node.NodeType == ExpressionType.TypeEqual;
        Level(exact ? Precedence.Equality : Precedence.Relational);
        Operand(node.Expression, exact ? Precedence.Primary : Precedence.Relational);
        text.Add(exact ? $".GetType() == typeof({NameOf(node.TypeOperand)})" : $" is {NameOf(node.TypeOperand)}");
    }

    /// <summary>Switches between checked and unchecked arithmetic where the text around the node means the other.</summary>
    private void Overflow(bool? isChecked, Type type)
    {
        if (isChecked is not { } wanted || wanted == at.Checked || !Conversions.IsIntegral(type)) return;
        Open(wanted ? "checked(" : "unchecked(");
        at = at with { Checked = wanted, Required = Precedence.Lowest };
    }

    /// <summary>Types below <c>int</c> have arithmetic of their own in trees, but not in C#.</summary>
    private void Narrow(Type type)
    {
        if (!compilable || !Conversions.IsSmall(type)) return;
        Level(Precedence.Unary);
        Open($"({NameOf(type)})(");
        at = at with { Required = Precedence.Lowest };
    }

    /// <summary>Keeps <c>-(-x)</c> from becoming <c>--x</c>, and <c>(T)(-x)</c> from becoming a subtraction.</summary>
    private static Precedence AfterSign(Expression operand)
    {
        while (operand is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked or ExpressionType.Quote } hidden) operand = hidden.Operand;
        bool signed = operand switch
        {
            UnaryExpression unary => Operator.Of(unary.NodeType)?.Symbol[0] is '-' or '+',
            ConstantExpression constant => Literal.Readable(constant.Value)[0] == '-',
            _ => false,
        };
        return signed ? Precedence.Primary : Precedence.Unary;
    }

    private static bool IsThrow(Expression node) => node.NodeType == ExpressionType.Throw;

    private static bool IsLiteral(Expression node)
    {
        while (node is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert && convert.Type == convert.Operand.Type) node = convert.Operand;
        return node is ConstantExpression or DefaultExpression;
    }
}
