using System.Linq.Expressions;
using ExprGrad.Tests.Fuzz;
namespace ExprGrad.Tests;
public class Scratch
{
    [Fact]
    public void Run()
    {
        foreach (var (seed, size) in new[] { (-1214775667, 29) })
        {
            var f = LambdaGenerator.Generate(seed, size).Lambda;
             Console.WriteLine(FastExpressionCompiler.ToCSharpPrinter.ToCSharpString(f));
            try { var g = Grad.Differentiate(f); Console.WriteLine(FastExpressionCompiler.ToCSharpPrinter.ToCSharpString(g)); 
            try { f.Compile()([1.0,2,3,4,5,6,7]); } catch (Exception e) { Console.WriteLine("plain " + e); }
            try { g.Compile()([1.0,2,3,4,5,6,7]); } catch (Exception e) { Console.WriteLine("ours sys" + e); }
            try { Grad.Compile(f)([1.0,2,3,4,5,6,7]); } catch (Exception e) { Console.WriteLine("ours " + e); }
}
            catch (Exception e) { Console.WriteLine(e); }
        }
    }
}
