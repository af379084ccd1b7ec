using BenchmarkDotNet.Running;
using ExprGrad.Benchmarks.Quick;

// quick [--markdown] [--only <workload>]: the table in under a minute. Anything else goes to BenchmarkDotNet (`bdn --filter *`).
if (args is ["quick", .. var quick])
    return QuickCommand.Run(quick);
string[] forwarded = args is ["bdn", .. var rest] ? rest : args;
BenchmarkSwitcher.FromAssembly(typeof(QuickCommand).Assembly).Run(forwarded);
return 0;
