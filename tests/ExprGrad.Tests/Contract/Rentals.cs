using System.Buffers;
using System.Diagnostics.Tracing;

namespace ExprGrad.Tests.Contract;

/// <summary>What one thread rents from the shared pools while something runs, as the pools tell it: independent of what other threads rent, and of what the pools have to allocate.</summary>
internal sealed class Rentals : EventListener
{
    private readonly int thread = Environment.CurrentManagedThreadId;
    private readonly Dictionary<int, string> pools = new()
    {
        [ArrayPool<double>.Shared.GetHashCode()] = "double",
        [ArrayPool<int>.Shared.GetHashCode()] = "int",
        [ArrayPool<bool>.Shared.GetHashCode()] = "bool",
    };

    private readonly Dictionary<(int Pool, int Buffer), long> outstanding = [];
    private long bytes;

    private Rentals()
    {
    }

    /// <summary>The most bytes that were rented at one time.</summary>
    public long Peak { get; private set; }

    /// <summary>How many arrays were rented.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them were not returned.</summary>
    public int Outstanding => this.outstanding.Count;

    /// <summary>What was rented while <paramref name="run"/> ran.</summary>
    public static Rentals Of(Action run)
    {
        using var rentals = new Rentals();
        foreach (EventSource source in EventSource.GetSources().Where(source => source.Name == "System.Buffers.ArrayPoolEventSource"))
            rentals.EnableEvents(source, EventLevel.Verbose);
        run();
        return rentals;
    }

    protected override void OnEventWritten(EventWrittenEventArgs written)
    {
        if (Environment.CurrentManagedThreadId != this.thread || written.Payload is not [int buffer, int size, int pool, ..]) return;
        if (!this.pools.TryGetValue(pool, out string? element)) return;
        switch (written.EventName)
        {
            case "BufferRented":
                // An array of no element is not of the pool.
                if (size == 0) break;
                this.Count++;
                this.outstanding[(pool, buffer)] = size * (element switch { "double" => 8L, "int" => 4L, _ => 1L });
                this.bytes += this.outstanding[(pool, buffer)];
                this.Peak = Math.Max(this.Peak, this.bytes);
                break;
            case "BufferReturned":
                if (this.outstanding.Remove((pool, buffer), out long returned)) this.bytes -= returned;
                break;
        }
    }
}
