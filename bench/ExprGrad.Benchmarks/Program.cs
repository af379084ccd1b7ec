using BenchmarkDotNet.Running;
using ExprGrad.Benchmarks.Quick;

// quick [--markdown] [--only <workload>] [--save]: the table in a few minutes. Anything else goes to BenchmarkDotNet (`bdn --filter *`).
if (args is ["quick", .. var quick])
    return QuickCommand.Run(quick);
if (args is [PeakMemory.Command, var size])
    return PeakMemory.Run(int.Parse(size, System.Globalization.CultureInfo.InvariantCulture));
string[] forwarded = args is ["bdn", .. var rest] ? rest : args;
BenchmarkSwitcher.FromAssembly(typeof(QuickCommand).Assembly).Run(forwarded);
return 0;
