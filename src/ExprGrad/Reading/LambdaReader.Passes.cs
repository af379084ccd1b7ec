using ExprGrad.IR;

namespace ExprGrad.Reading;

/// <summary>Enumerations: loops, what is carried through them, and what they add up or store.</summary>
internal sealed partial class LambdaReader
{
    /// <summary>A value that each iteration of a pass may change.</summary>
    internal sealed class Carried(Value value)
    {
        public Value Value { get; set; } = value;
    }

    /// <summary>One enumeration of a sequence: the loops and branches that it enters, the values that are carried through them, and the conditions under which it goes on.</summary>
    /// <param name="reader">The reader; it stands where the enumeration begins.</param>
    /// <param name="mayBeImpure">Whether impure code may run in it: then its loops are its own.</param>
    /// <param name="writesOut">Whether a sequence that is written out is read element by element, and not in a loop.</param>
    internal sealed class Pass(LambdaReader reader, bool mayBeImpure, bool writesOut)
    {
        private readonly Region start = reader.builder.Region;
        private readonly List<Carried> carried = [];
        private readonly List<Func<Node>> conditions = [];
        private Region? home;

        public bool WritesOut => writesOut;

        /// <summary>Whether nothing active is enumerated, so that what is carried is inactive too.</summary>
        public bool IsInactive { get; init; }

        /// <summary>Whether the loop is one of statements: what its body reads from memory is read in each iteration, if impure code is in it.</summary>
        public bool IsOfStatements { get; init; }

        public Carried Carry(Value initial)
        {
            var value = new Carried(initial);
            this.carried.Add(value);
            return value;
        }

        public Carried Carry(int initial) => this.Carry(new Scalar(reader.builder.Constant(initial, typeof(int))));

        public Carried Carry(bool initial) => this.Carry(new Scalar(reader.builder.Constant(initial, typeof(bool))));

        /// <summary>Enumerates a source only as long as a condition holds; it is read where an iteration begins.</summary>
        public async Step<Done> While(Func<Node> condition, Func<Step<Done>> enumerate)
        {
            this.conditions.Add(condition);
            await enumerate();
            this.conditions.Remove(condition);
            return default;
        }

        /// <summary>Enumerates a source inside an element of another; what was added to be carried for the other since <paramref name="count"/> values were stays out.</summary>
        public async Step<Done> Inside(int count, Func<Step<Done>> enumerate)
        {
            Carried[] hidden = [.. this.carried.Skip(count)];
            this.carried.RemoveRange(count, hidden.Length);
            await enumerate();
            this.carried.AddRange(hidden);
            return default;
        }

        public int CarriedCount => this.carried.Count;

        /// <summary>Of a loop that nobody knows the number of iterations of: whether it goes on, set by its body.</summary>
        public Node? Test { get; set; }

        /// <summary>Set by the body of a loop that is not to be: everything stays as it was.</summary>
        public bool IsAbandoned { get; set; }

        /// <summary>Reads a body in a loop.</summary>
        public async Step<Done> Loop(Node count, Func<Node, Step<Done>> body) =>
            count is Constant { Value: <= 0 } ? default : await this.In(reader.builder.EnterLoop(count, isShared: this.carried.Count == 0 && !mayBeImpure), body);

        /// <summary>Reads a body in a loop that goes on as long as a test says.</summary>
        public Step<Done> OpenLoop(Func<Node, Step<Done>> body) => this.In(reader.builder.EnterOpenLoop(), body);

        private async Step<Done> In(Loop loop, Func<Node, Step<Done>> body)
        {
            GraphBuilder builder = reader.builder;
            (Region outer, Memo memo, ImpureChain.State entry) = (builder.Region, reader.memo, reader.chain.Save());
            Value[] before = [.. this.carried.Select(value => value.Value)];
            Node[][] initials = [.. before.Select(reader.PartsOf)];
            this.home ??= loop.Parent;
            builder.Region = loop;
            reader.memo = new Memo(memo);
            Node? iteration = reader.chain.Enter(mayBeImpure && this.IsOfStatements ? builder.Index(loop) : null);
            Node[][] states = [.. initials.Select(parts => parts.Select(part => this.State(loop, part)).ToArray())];
            var shapes = new Value[states.Length];
            for (int k = 0; k < shapes.Length; k++)
                this.carried[k].Value = shapes[k] = reader.WithParts(this.carried[k].Value, states[k]);
            await this.Under(0, () => body(builder.Index(loop)));
            reader.chain.Leave(iteration);
            if (this.IsAbandoned)
            {
                for (int k = 0; k < before.Length; k++)
                    this.carried[k].Value = before[k];
                (builder.Region, reader.memo) = (outer, memo);
                reader.chain.Restore(entry);
                return default;
            }
            var nexts = new Node[states.Length][];
            for (int k = 0; k < nexts.Length; k++)
            {
                nexts[k] = reader.PartsOf(await reader.Conform(this.carried[k].Value, shapes[k]));
                // After the loop it is a state again, whatever its last value was made of.
                this.carried[k].Value = shapes[k];
            }
            this.Leave(outer, loop, entry, initials, states, nexts);
            reader.memo = memo;
            return default;
        }

        /// <summary>Reads an iteration of a loop that is written out.</summary>
        public Step<Done> Iteration(Func<Step<Done>> body) => this.Under(0, body);

        /// <summary>Asks for an element behind the last one, if the enumeration comes so far.</summary>
        public async Step<Done> End(Elements elements) => elements.AtEnd is { } atEnd ? await this.Under(0, atEnd) : default;

        /// <summary>Reads a body where a test holds.</summary>
        public async Step<Done> If(Node test, Func<Step<Done>> body)
        {
            GraphBuilder builder = reader.builder;
            if (builder.Regions.KnownCase(builder.Region, test) is { } known)
                return known == 1 ? await body() : default;
            (Region outer, Memo memo, ImpureChain.State entry) = (builder.Region, reader.memo, reader.chain.Save());
            Value[] before = [.. this.carried.Select(value => value.Value)];
            builder.Region = builder.Regions.Branch(outer, test, 1);
            reader.memo = new Memo(memo);
            await body();
            for (int k = 0; k < before.Length; k++)
            {
                if (!ReferenceEquals(this.carried[k].Value, before[k]))
                    this.carried[k].Value = await reader.Conform(this.carried[k].Value, before[k]);
            }
            builder.Region = outer;
            for (int k = 0; k < before.Length; k++)
                this.carried[k].Value = reader.WithParts(before[k], this.Choose(test, reader.PartsOf(before[k]), reader.PartsOf(this.carried[k].Value)));
            reader.chain.Join(test, entry, [entry, reader.chain.Save()]);
            reader.memo = memo;
            return default;
        }

        /// <summary>The sum of what was read at <paramref name="site"/>, where the pass began.</summary>
        public Node Sum(Region site, Node term, bool keepsSign = false)
        {
            Node sum = reader.builder.Sum(this.home!, site, term, keepsSign);
            return this.FromHome(sum, reader.Default(term.Type));
        }

        /// <summary>An array of what was read at <paramref name="site"/>, where the pass began.</summary>
        public Node Vector(Region site, Node length, Node position, Node value)
        {
            Node vector = reader.builder.Vector(this.home!, site, length, position, value);
            return this.FromHome(vector, reader.builder.Constant(null, vector.Type));
        }

        // Where there is no iteration there is no sum: it stands behind the test.
        private Node FromHome(Node node, Node otherwise) =>
            ReferenceEquals(this.home, this.start) ? node : reader.builder.In(this.start, () => reader.builder.Choice(((Branch)this.home!).Selector, otherwise, node));

        private State State(Loop loop, Node initial)
        {
            State state = reader.builder.State(loop, initial);
            if (this.IsInactive)
                reader.activity.Deactivate(state);
            return state;
        }

        private async Step<Done> Under(int number, Func<Step<Done>> body) =>
            number == this.conditions.Count ? await body() : await this.If(this.conditions[number](), () => this.Under(number + 1, body));

        private void Leave(Region outer, Loop loop, ImpureChain.State entry, Node[][] initials, Node[][] states, Node[][] nexts)
        {
            GraphBuilder builder = reader.builder;
            builder.Region = outer;
            bool isImpure = !ReferenceEquals(reader.chain.Save().Link, entry.Link);
            Fold? fold = null;
            if (states.Length > 0 || isImpure)
                fold = builder.Fold(loop, [.. states.SelectMany(parts => parts)], [.. nexts.SelectMany(parts => parts)], this.Test);
            Branch? guard = ReferenceEquals(loop.Parent, outer) ? null : (Branch)loop.Parent;
            int number = 0;
            for (int k = 0; k < states.Length; k++)
            {
                Node[] finals = [.. initials[k].Select(initial =>
                {
                    Node final = builder.Final(fold!, number++);
                    return guard is null ? final : builder.Choice(guard.Selector, initial, final);
                })];
                this.carried[k].Value = reader.WithParts(this.carried[k].Value, finals);
            }
            if (isImpure && loop.Number == 0)
                throw new InvalidOperationException($"{loop} is shared, but has impure code in its body.");
            if (isImpure)
                reader.chain.Leave(fold!, guard?.Selector, entry);
        }

        private IEnumerable<Node> Choose(Node test, Node[] before, Node[] after) =>
            before.Zip(after, (old, next) => ReferenceEquals(old, next) ? old : reader.builder.Choice(test, old, next));
    }
}
