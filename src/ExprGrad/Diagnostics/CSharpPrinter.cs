#pragma warning disable
using System.Linq.Expressions;
namespace ExprGrad.Diagnostics;
internal sealed class PrintedExpression { public string Text = ""; public bool TryFind(Expression e, out int start, out int length) { start = length = 0; return false; } }
internal static class CSharpPrinter { public static PrintedExpression Print(Expression e, IReadOnlyCollection<Expression> of) => new(); public static string TypeName(Type t) => t.Name; }
