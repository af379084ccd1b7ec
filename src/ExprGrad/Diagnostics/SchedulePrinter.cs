using System.Text;
using ExprGrad.IR;
using ExprGrad.Scheduling;

namespace ExprGrad.Diagnostics;

/// <summary>A schedule as text: one line for each step, blocks indented; behind an assignment the node whose value it is.</summary>
/// <remarks><c>t2 = multiply t0 (cos t1)  %9</c>: a nested node stands in parentheses in the place where it is used.</remarks>
internal sealed class SchedulePrinter
{
    private readonly Schedule schedule;
    private readonly StringBuilder text = new();

    private SchedulePrinter(Schedule schedule) => this.schedule = schedule;

    public static string Print(Schedule schedule)
    {
        var printer = new SchedulePrinter(schedule);
        printer.Print(schedule.Body, 0);
        printer.Line(0, $"return {printer.Operand(schedule.Graph.Value)}");
        return printer.text.ToString();
    }

    private void Print(IReadOnlyList<Statement> statements, int depth)
    {
        foreach (Statement statement in statements)
        {
            switch (statement)
            {
                case Assign { Node: var node }:
                    this.Line(depth, $"{this.Operand(node)} = {this.Operation(node)}", node);
                    break;
                case Move { Choice: var choice, Arm: var arm }:
                    this.Line(depth, $"{this.Operand(choice)} = {this.Operand(arm)}", choice);
                    break;
                case Conditional { Selector: var selector, Cases: var cases }:
                    for (int k = cases.Count - 1; k >= 0; k--)
                    {
                        if (cases[k].Count == 0)
                            continue;
                        this.Line(depth, $"where {this.Operand(selector)} is {NodeText.Case(selector, k)}:");
                        this.Print(cases[k], depth + 1);
                    }
                    break;
                case Part { Body: var body }:
                    this.Line(depth, "in a method of its own:");
                    this.Print(body, depth + 1);
                    break;
                case ClearGradient { Start: var start, Gaps: var gaps }:
                    this.Line(depth, $"gradient[{string.Concat(gaps.Select(gap => $"{gap}, "))}{start}…] = 0");
                    break;
                case Accumulate { Effect: var effect }:
                    this.Line(depth, $"gradient[{this.Operand(effect.Index)}] += {this.Operand(effect.Term)}");
                    break;
                case Store { Component: var component }:
                    this.Line(depth, $"gradient[{component.Index}{(component.Count > 1 ? $"..{component.Index + component.Count - 1}" : "")}] {(this.schedule.Graph.Effects.Count > 0 ? "+=" : "=")} {this.Operand(component.Adjoint)}");
                    break;
                case Repeat { Loop: var loop, Index: var index, Body: var body }:
                    this.Line(depth, $"{(index is null ? "" : this.Operand(index) + " in ")}{NodeText.Title(loop, this.Operand)}:");
                    this.Print(body, depth + 1);
                    break;
                case Begin { Node: var node }:
                    this.Line(depth, $"{this.Operand(node)} = {(node is State { Initial: var initial } ? this.Operand(initial) : node is Sum ? "0" : "rent")}", node);
                    break;
                case AddTerm { Sum: var sum }:
                    this.Line(depth, $"{this.Operand(sum)} += {this.Operand(sum.Term)}", sum);
                    break;
                case StoreElement { Vector: var vector }:
                    this.Line(depth, $"{this.Operand(vector)}[{this.Operand(vector.Position)}] = {this.Operand(vector.Value)}", vector);
                    break;
                case AddElement { Scatter: var scatter, Addition: var addition }:
                    this.Line(depth, $"{this.Operand(scatter)}[{this.Operand(addition.Index)}] += {this.Operand(addition.Term)}", scatter);
                    break;
                case Advance { Fold: var fold }:
                    for (int k = 0; k < fold.Count; k++)
                        this.Line(depth, $"{this.Operand(fold.State(k))} <- {this.Operand(fold.Next(k))}", fold);
                    if (fold.Test is { } test)
                        this.Line(depth, $"leave unless {this.Operand(test)}", fold);
                    break;
                default:
                    throw new InvalidOperationException($"{statement} has no text.");
            }
        }
    }

    private void Line(int depth, string step, Node? node = null)
    {
        string line = new string(' ', 2 * depth) + step;
        this.text.Append(node is null ? line : $"{line,-32} {node}").Append('\n');
    }

    // The depth of nesting is bounded.
    private string Operand(Node node) =>
        this.schedule.Locals.TryGetValue(node, out Local? local) ? (local.IsScratch ? $"scratch[{local.Number}]" : $"t{local.Number}")
        : node is Constant or Parameter ? NodeText.Operand(node)
        : $"({this.Operation(node)})";

    private string Operation(Node node) => $"{NodeText.Operation(node)} {string.Join(' ', node.Reads.Select(this.Operand))}";
}
