namespace ExprGrad.Tests.Contract;

/// <summary>States of recurrences: records, arrays and lists, and arrays of records.</summary>
public class StateTests
{
    private sealed record Cell(double Hidden, double State);

    private sealed record Memory(Cell[] Cells, double Loss);

    private sealed record Readable(IReadOnlyList<Cell> Cells, double Loss);

    private sealed record Pair(Cell First, Cell Second);

    private readonly record struct Motion(double Place, double Speed);

    private static readonly double[] Steps = [1, 2, -1], Nothing = [];
    private static readonly double[] Point = [0.5, 1.5, 2.5];
    private static readonly Cell[] Cells = [new(0.1, 0.2), new(0.3, 0.4)], NoCells = [];
    private static readonly List<Cell> List = [.. Cells];
    private static readonly Pair[] Pairs = [new(Cells[0], Cells[1]), new(new(1, 2), new(3, 4))];

    [Fact]
    public void A_state_may_be_an_array_of_records()
    {
        Expect.Oracle(x => Steps.Aggregate(Cells, (s, t) => s.Select(c => new Cell(Math.Sin(c.Hidden * x[0] + t), c.State + c.Hidden * x[1])).ToArray()).Sum(c => c.Hidden * c.State), Point);
        Expect.Oracle(x => Steps.Aggregate(new[] { new Motion(1, x[0]), new Motion(x[1], 2) }, (s, t) => new[] { new Motion(s[1].Place * t, s[0].Speed), new Motion(s[0].Place + s[1].Speed, x[2]) }).Sum(c => c.Place + c.Speed), Point);
        Expect.Oracle(x => Steps.Aggregate(x.Select(v => new { v, w = v * v }).ToArray(), (s, t) => s.Select(e => new { v = e.w * 0.5, w = e.v + t }).ToArray()).Sum(e => e.v * e.w), Point);
        Expect.Oracle(x => Steps.Aggregate(Cells, (s, t) => s.Reverse().ToArray()).Select((c, i) => c.Hidden * x[i]).Sum(), Point);
    }

    [Fact]
    public void A_state_may_be_a_record_of_arrays_of_records()
    {
        Expect.Oracle(x => Steps.Aggregate(new Memory(Cells, 0), (m, t) => new Memory(m.Cells.Select(c => new Cell(Math.Sin(c.Hidden * x[0] + t), c.State + c.Hidden * x[1])).ToArray(), m.Loss + m.Cells.Sum(c => c.Hidden * t))).Loss, Point);
        Expect.Oracle(x => Steps.Aggregate(new Memory(Cells, 0), (m, t) => t > 0 ? new Memory(m.Cells.Select(c => new Cell(c.State * x[0], c.Hidden)).ToArray(), m.Loss + m.Cells[0].Hidden) : m).Loss, Point);
        Expect.Oracle(x => Steps.Aggregate(new Memory(Cells, 0), (m, t) => new Memory(m.Cells, m.Loss * x[0] + m.Cells[0].Hidden * t)).Loss, Point);
        Expect.Oracle(x => Steps.Aggregate(Pairs, (s, t) => s.Select(p => new Pair(new Cell(p.Second.Hidden * x[0], t), p.First)).ToArray()).Sum(p => p.First.Hidden * p.Second.Hidden + p.Second.State), Point);
    }

    [Fact]
    public void Lists_and_their_interfaces_are_states_as_arrays_are()
    {
        Expect.Oracle(x => Steps.Aggregate(new Readable(List, 0), (m, t) => new Readable(m.Cells.Select(c => new Cell(Math.Sin(c.Hidden * x[0] + t), c.State)).ToList(), m.Loss + m.Cells[1].Hidden * m.Cells.Count)).Loss, Point);
        Expect.Oracle(x => Steps.Aggregate(new Readable(Cells, 0), (m, t) => new Readable(m.Cells.Select(c => new Cell(c.State * x[0] + t, c.Hidden)).ToArray(), m.Loss + m.Cells[1].Hidden)).Loss, Point);
        Expect.Oracle(x => Steps.Aggregate(List, (m, t) => m.Select(c => new Cell(c.State * x[0] + t, c.Hidden)).ToList())[1].Hidden, Point);
    }

    [Fact]
    public void A_recurrence_of_no_step_keeps_its_state_and_an_empty_state_stays_empty()
    {
        Expect.Oracle(x => Nothing.Aggregate(new Memory(Cells, x[0]), (m, t) => new Memory(m.Cells.Select(c => new Cell(c.Hidden * x[0], 0)).ToArray(), m.Loss * t)).Cells.Sum(c => c.Hidden * x[0]), Point);
        Expect.Oracle(x => Steps.Aggregate(NoCells, (s, t) => s.Select(c => new Cell(c.Hidden * x[0], 0)).ToArray()).Sum(c => c.Hidden) + x[0], Point);
        Expect.Oracle(x => Steps.Aggregate(Nothing.Select(v => v * x[1]).ToArray(), (s, t) => s.Select(v => v * x[0]).ToArray()).Sum() + x[0], Point);
    }

    [Fact]
    public void Recurrences_of_records_stand_inside_one_another()
    {
        Expect.Oracle(x => Steps.Aggregate(Cells, (outer, t) => x.Aggregate(outer, (s, v) => s.Select(c => new Cell(Math.Sin(c.Hidden * v + t), c.State + v)).ToArray())).Sum(c => c.Hidden + c.State), Point);
        Expect.Oracle(x => Steps.Sum(t => x.Where(v => v > 1).Aggregate(Cells, (s, v) => s.Select(c => new Cell(c.Hidden * v + t, c.State + v)).ToArray()).Sum(c => c.Hidden + c.State)), Point);
    }

    [Fact]
    public void A_state_that_does_not_keep_its_length_is_not_supported()
    {
        Assert.Throws<NotSupportedException>(() => Grad.Compile(x => Steps.Aggregate(Cells, (s, t) => s.Skip(1).ToArray()).Sum(c => c.Hidden * x[0]))(Point));
        Assert.Throws<NotSupportedException>(() => Grad.Compile(x => Steps.Aggregate(new double[0], (s, t) => s.Append(t * x[0]).ToArray()).Sum())(Point));
    }

    [Fact]
    public void A_state_of_arrays_of_arrays_is_refused()
    {
        double[][] rows = [[1, 2], [3, 4]];
        var refused = Assert.Throws<UnsupportedExpressionException>(() => Grad.Compile(x => Steps.Aggregate(rows, (s, t) => s.Select(row => row.Select(v => v * x[0]).ToArray()).ToArray()).Sum(row => row.Sum())));
        Assert.Equal(["EG1004"], refused.Refusals.Select(refusal => refusal.Code));
        Assert.Contains("is an element of another array", refused.Message, StringComparison.Ordinal);
    }
}
