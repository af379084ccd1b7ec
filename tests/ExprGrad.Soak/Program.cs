return ExprGrad.Tests.Fuzz.Soak.Run(args, Console.Out);
