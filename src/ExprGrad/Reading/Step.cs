using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace ExprGrad.Reading;

/// <summary>
/// The result of a recursive function whose depth follows the input: an <c>async</c> method that returns a <see cref="Step{T}"/> recurses on the stack down to a bounded depth
/// and on the heap below it, so that a chain of 100,000 operations needs no deep stack. There are no threads: everything runs inside <see cref="Run"/>, in the order of the source.
/// </summary>
[AsyncMethodBuilder(typeof(StepBuilder<>))]
internal sealed class Step<T> : INotifyCompletion
{
    private T? result;
    private ExceptionDispatchInfo? failure;
    private Action? continuation;

    public bool IsCompleted { get; private set; }

    /// <summary>A step that is done.</summary>
    public static Step<T> From(T value)
    {
        var step = new Step<T>();
        step.Complete(value, null);
        return step;
    }

    /// <summary>Runs a recursive function to its end.</summary>
    public static T Run(Func<Step<T>> function)
    {
        Trampoline? outer = Trampoline.Current;
        var trampoline = Trampoline.Current = new Trampoline();
        try
        {
            Step<T> step = function();
            while (trampoline.Pending.TryPop(out Action? action))
                action();
            return step.GetResult();
        }
        finally
        {
            Trampoline.Current = outer;
        }
    }

    public Step<T> GetAwaiter() => this;

    public T GetResult()
    {
        this.failure?.Throw();
        return this.result!;
    }

    public void OnCompleted(Action continuation) => this.continuation = continuation;

    internal void Complete(T? value, ExceptionDispatchInfo? error)
    {
        (this.result, this.failure, this.IsCompleted) = (value, error, true);
        // Through the trampoline: called directly, the continuations of a long chain would be the recursion again.
        if (this.continuation is not null)
            Trampoline.Current!.Pending.Push(this.continuation);
    }
}

/// <summary>What waits to run, last in first out; and how deep the stack is now.</summary>
internal sealed class Trampoline
{
    /// <summary>How deep steps recurse on the stack: a frame takes some hundred bytes, the smallest stacks have 256 KB.</summary>
    public const int MaxDepth = 64;

    [ThreadStatic]
    private static Trampoline? current;

    public static Trampoline? Current
    {
        get => current;
        set => current = value;
    }

    public Stack<Action> Pending { get; } = [];

    public int Depth { get; set; }
}

#pragma warning disable CA1822 // the members of a method builder are instance members by contract
/// <summary>Makes C# compile <c>async Step&lt;T&gt;</c> methods. Used by the compiler only.</summary>
internal struct StepBuilder<T>
{
    public Step<T> Task { get; private set; }

    public static StepBuilder<T> Create() => new() { Task = new Step<T>() };

    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        Trampoline trampoline = Trampoline.Current!;
        if (trampoline.Depth >= Trampoline.MaxDepth)
        {
            IAsyncStateMachine boxed = stateMachine;
            trampoline.Pending.Push(() => Resume(boxed));
            return;
        }
        trampoline.Depth++;
        stateMachine.MoveNext();
        trampoline.Depth--;
    }

    public readonly void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine
    {
        IAsyncStateMachine boxed = stateMachine;
        awaiter.OnCompleted(() => Resume(boxed));
    }

    public readonly void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine => this.AwaitOnCompleted(ref awaiter, ref stateMachine);

    public readonly void SetResult(T result) => this.Task.Complete(result, null);

    public readonly void SetException(Exception exception) => this.Task.Complete(default, ExceptionDispatchInfo.Capture(exception));

    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    // A resumed step starts from the shallow stack of the trampoline.
    private static void Resume(IAsyncStateMachine stateMachine)
    {
        Trampoline.Current!.Depth = 1;
        stateMachine.MoveNext();
        Trampoline.Current.Depth = 0;
    }
}
