using System.Globalization;
using Spectre.Console;

namespace ExprGrad.Cli;

/// <summary>Results as text: colours and lines on a terminal, plain columns elsewhere. Numbers are invariant; value and gradient round-trip.</summary>
internal static class Report
{
    // Spectre.Console folds lines at the width of the terminal, and at 80 columns where there is none.
    private const int NeverFold = 100_000;

    // Beyond it a smooth function and its gradient disagree.
    private const double Suspicious = 1e-5;

    public static void Write(Evaluation evaluation, Explanation explanation, TextWriter output)
    {
        IAnsiConsole console = Console(output);
        var table = new Table().NoBorder();
        foreach (string title in (string[])["", "at", "gradient", "numerical", "error"])
            table.AddColumn(new TableColumn(new Text(title, new Style(decoration: Decoration.Bold))).NoWrap());
        foreach (ComponentCheck component in evaluation.Check.Components)
        {
            var error = new Text(Rough(component.Error), component.Error > Suspicious ? new Style(Color.Red) : Style.Plain);
            table.AddRow(new Text($"x[{component.Index}]"), new Text(Exact(evaluation.Point[component.Index])), new Text(Exact(component.Gradient)), new Text(Exact(component.Estimate)), error);
        }
        console.WriteLine($"value  {Exact(evaluation.Check.Value)}");
        if (evaluation.Check.Components.Count > 0)
        {
            console.WriteLine();
            console.Write(table);
        }

        Timing time = evaluation.Time;
        var calls = new Table().NoBorder().HideHeaders();
        foreach (bool isNumber in (bool[])[false, true, false])
            calls.AddColumn(new TableColumn("") { Alignment = isNumber ? Justify.Right : Justify.Left }.NoWrap());
        calls.AddRow(new Text("value and gradient"), new Text(Nanoseconds(time.ValueAndGradient)), new Text($"ns per call, {(time.ValueAndGradient / time.Plain).ToString("0.00", CultureInfo.InvariantCulture)} times the plain function: {explanation.Gradient}"));
        calls.AddRow(new Text("plain function"), new Text(Nanoseconds(time.Plain)), new Text($"ns per call: {explanation.Primal}"));
        console.WriteLine();
        console.Write(calls);
    }

    /// <summary>Text as it is, after an empty line if something precedes it.</summary>
    public static void Section(bool follows, string text, TextWriter output)
    {
        if (follows)
            output.WriteLine();
        output.Write(text);
    }

    private static IAnsiConsole Console(TextWriter output)
    {
        var target = new AnsiConsoleOutput(output);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = target,
            Ansi = target.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = target.IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            // What a build server can show is not asked for.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Width = NeverFold;
        return console;
    }

    private static string Exact(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static string Rough(double number) => number.ToString(number == 0 ? "0" : "0.#E+0", CultureInfo.InvariantCulture);

    private static string Nanoseconds(double time) => time.ToString(time < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
