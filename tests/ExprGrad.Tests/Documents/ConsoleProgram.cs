using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ExprGrad.Tests.Documents;

/// <summary>C# text as the Program.cs of a new console project with a reference to ExprGrad: top-level statements, implicit usings, nullable, no access to internals.</summary>
internal static class ConsoleProgram
{
    private static readonly string[] ImplicitUsings =
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"];

    private static readonly Lazy<IReadOnlyList<MetadataReference>> References = new(static () =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))]);

    private static int count;

    /// <summary>Compiles the program and runs it.</summary>
    /// <param name="code">The program.</param>
    /// <param name="usings">Namespaces that are imported besides the implicit ones.</param>
    /// <returns>What it wrote to the console, then the message of the exception that ended it, if one did.</returns>
    public static string Run(string code, params string[] usings)
    {
        // Console.Out is one for the whole process: tests that use this run alone.
        TextWriter console = Console.Out;
        var output = new StringWriter();
        MethodInfo main = Compile(code, usings).EntryPoint!;
        Console.SetOut(output);
        try
        {
            main.Invoke(null, main.GetParameters().Length == 0 ? [] : [Array.Empty<string>()]);
        }
        catch (TargetInvocationException thrown)
        {
            output.WriteLine(thrown.InnerException!.Message);
        }
        finally
        {
            Console.SetOut(console);
        }
        return output.ToString();
    }

    private static Assembly Compile(string code, string[] usings)
    {
        string imports = string.Concat(ImplicitUsings.Concat(usings).Select(name => $"global using {name};\n"));
        CSharpCompilation compilation = CSharpCompilation.Create(
            $"Document{Interlocked.Increment(ref count)}",
            [CSharpSyntaxTree.ParseText(code), CSharpSyntaxTree.ParseText(imports)],
            References.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        Diagnostic[] problems = [.. compilation.Emit(image).Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)];
        Assert.True(problems.Length == 0, $"{string.Join('\n', problems.Select(problem => problem.ToString()))}\n{code}");
        return Assembly.Load(image.ToArray());
    }
}
