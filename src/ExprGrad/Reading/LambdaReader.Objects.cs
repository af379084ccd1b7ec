using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using ExprGrad.IR;
using ExprGrad.Primitives;

namespace ExprGrad.Reading;

/// <summary>Members, elements, and objects that the lambda builds and takes apart again.</summary>
internal sealed partial class LambdaReader
{
    private async Step<Value> ReadMember(MemberExpression member)
    {
        if (member.Expression is null)
            return new Scalar(this.Apply(Opaque.Of(member, Purity.Of(member.Member))));
        Behaviour behaviour = Purity.Of(member.Member);
        if (member.Member is PropertyInfo && behaviour.HasFlag(Behaviour.Impure) && MayWriteToItself(member.Expression.Type))
            return await this.ReadInPlace(member, behaviour);
        Value target = await this.Read(member.Expression);
        if (target is Sequence { IsInMemory: true } sequence && (member.Member.Name is "Count" or "Length"))
            return new Scalar((await this.ElementsOf(sequence)).Count);
        if (IsOptional(target))
            return this.ReadOptionalMember(member, target);
        FieldInfo? field = member.Member as FieldInfo ?? (member.Member is PropertyInfo { GetMethod: { } getter } ? FieldStores.OfGetter(getter) : null);
        if (target is Composite { IsInMemory: false } composite && field is not null && field.DeclaringType == composite.Type)
            return this.FieldOf(composite, field);
        Node owner = this.MaterializeFor(member, target);
        if (owner is Constant { Value: not null })
            behaviour &= field is null ? behaviour : ~Behaviour.MayThrow;
        return this.Discrete(member, Opaque.Of(member, behaviour), owner);
    }

    private async Step<Value> ReadElement(Expression expression, Expression array, Expression index)
    {
        Value source = await this.Read(array);
        Node at = await this.ReadNode(index);
        if (source is Sequence sequence && at.Type == typeof(int))
            return await this.ReadElement(expression, sequence, at, isArray: true);
        if (source is VectorLiteral vector && at.Type == typeof(int))
        {
            if (at is Constant { Value: int k } && k >= 0 && k < vector.Elements.Count)
                return vector.Elements[k];
            if (vector.Elements.Count > 0)
            {
                // The cases of a checked index; the elements were evaluated before.
                Node selector = this.Apply(new IndexWithin(vector.Elements.Count), at);
                return this.Join(expression, this.builder.Region, selector, vector.Elements);
            }
        }
        Node elements = this.Materialize(source);
        if (at.Type != typeof(int))
            return this.Discrete(expression, Opaque.Of(expression, Behaviour.MayThrow | Behaviour.ReadsState), elements, at);
        return new Scalar(this.Load(elements, at));
    }

    private async Step<Value> ReadVectorLiteral(NewArrayExpression array)
    {
        var elements = new Value[array.Expressions.Count];
        for (int k = 0; k < elements.Length; k++)
            elements[k] = await this.Read(array.Expressions[k]);
        var vector = new VectorLiteral(array, elements);
        return elements.Any(this.IsActive) ? vector : new Scalar(this.Materialize(vector));
    }

    private async Step<Value> ReadNew(NewExpression creation)
    {
        if (creation.Constructor is null && creation.Arguments.Count == 0)
            return this.Compose(creation, [], new Dictionary<FieldInfo, Value>());
        return await this.ReadParts(creation, creation.Arguments, creation.Constructor!);
    }

    /// <summary>An object made from parts: taken apart if its constructor only stores them.</summary>
    private async Step<Value> ReadParts(Expression creation, IReadOnlyList<Expression> arguments, ConstructorInfo constructor)
    {
        if (typeof(Delegate).IsAssignableFrom(creation.Type) || FieldStores.OfConstructor(constructor) is not { } stores)
            return await this.ReadOpaque(creation, Behaviour.Impure | Behaviour.MayThrow);
        var parts = new Value[arguments.Count];
        for (int k = 0; k < parts.Length; k++)
            parts[k] = await this.Read(arguments[k]);
        return this.Compose(creation, parts, stores.ToDictionary(store => store.Key, store => parts[store.Value]));
    }

    private async Step<Value> ReadMemberInit(MemberInitExpression initialisation)
    {
        if (!initialisation.Bindings.All(binding => binding is MemberAssignment && StoredField(binding.Member) is not null)
            || !(initialisation.NewExpression.Constructor is not { } constructor || FieldStores.OfConstructor(constructor) is not null))
            return await this.ReadOpaque(initialisation, Behaviour.Impure | Behaviour.MayThrow);
        var parts = new List<Value>();
        foreach (Expression argument in initialisation.NewExpression.Arguments)
            parts.Add(await this.Read(argument));
        Dictionary<FieldInfo, Value> fields = initialisation.NewExpression.Constructor is { } stored
            ? FieldStores.OfConstructor(stored)!.ToDictionary(store => store.Key, store => parts[store.Value]) : [];
        foreach (MemberAssignment assignment in initialisation.Bindings.Cast<MemberAssignment>())
        {
            parts.Add(await this.Read(assignment.Expression));
            fields[StoredField(assignment.Member)!] = parts[^1];
        }
        return this.Compose(initialisation, parts, fields);
    }

    // What a method could change without being seen (an array, an object with fields that are not read-only) exists from the start,
    // unless a part is active: then no method may have it.
    private Composite Compose(Expression creation, IReadOnlyList<Value> parts, IReadOnlyDictionary<FieldInfo, Value> fields)
    {
        bool isInMemory = IsMutable(creation.Type) && !parts.Any(this.IsActive);
        // The field that keeps a part; a part that is an object is found by identity.
        FieldInfo?[] kept = [.. parts.Select(part => fields.FirstOrDefault(field => ReferenceEquals(field.Value, part)).Key)];
        Composite composite = this.Compose(creation, parts, fields, kept, isInMemory);
        if (isInMemory)
            this.Materialize(composite);
        return composite;
    }

    private Composite Compose(Expression creation, IReadOnlyList<Value> parts, IReadOnlyDictionary<FieldInfo, Value> fields, FieldInfo?[] kept, bool isInMemory) =>
        new(creation.Type, fields, () => this.Build(creation, parts, isInMemory ? Behaviour.Impure : Behaviour.Total),
            others => this.Compose(creation, [.. kept.Select((field, k) => field is null ? parts[k] : others[field])], others, kept, isInMemory: false)) { IsInMemory = isInMemory };

    private static FieldInfo[] AllFieldsOf(Type type) => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private bool IsActive(Value value) => value switch
    {
        Scalar scalar => this.CarriesDerivative(scalar.Node),
        Composite composite => composite.Fields.Values.Any(this.IsActive),
        VectorLiteral vector => vector.Elements.Any(this.IsActive),
        // A lambda is inlined where it is called, which a delegate is not; a sequence is read where it is enumerated.
        Closure or Sequence => true,
        _ => false,
    };

    private Value FieldOf(Composite composite, FieldInfo field) =>
        composite.Fields.TryGetValue(field, out Value? value) ? value : new Scalar(this.Default(field.FieldType));

    private static FieldInfo? StoredField(MemberInfo member) => member as FieldInfo ?? (member is PropertyInfo { SetMethod: { } setter } ? FieldStores.OfSetter(setter) : null);

    /// <summary>The node of a value; an object that was taken apart is built after all.</summary>
    private Node Materialize(Value value)
    {
        switch (value)
        {
            case Scalar scalar:
                return scalar.Node;
            case Composite composite:
                Node whole = this.IsVisible(composite.Built) ? composite.Built : composite.Build();
                // What stands for a refused object is not kept: each use of it is reported.
                composite.Built = whole is Constant ? null : whole;
                return whole;
            case VectorLiteral vector:
                return vector.Built = this.IsVisible(vector.Built) ? vector.Built : this.Build(vector.Creation, vector.Elements, Behaviour.Impure);
            case Closure closure:
                return this.MaterializeLambda(closure);
            case Sequence sequence:
                return sequence.Whole();
            default:
                throw new InvalidOperationException($"{value} has no node.");
        }
    }

    /// <summary>The node of a value for an expression that gets it as a whole: that is the place of a refusal.</summary>
    private Node MaterializeFor(Expression user, Value value)
    {
        Expression? outer = this.user;
        this.user = user;
        Node node = this.Materialize(value);
        this.user = outer;
        return node;
    }

    private bool IsVisible([NotNullWhen(true)] Node? node) => node is not null && node.Region.Encloses(this.builder.Region);

    private Node Build(Expression creation, IReadOnlyList<Value> parts, Behaviour behaviour)
    {
        Node[] operands = [.. parts.Select(this.Materialize)];
        ParameterExpression[] slots = [.. operands.Select(operand => Expression.Parameter(operand.Type))];
        var operation = new Opaque(slots, creation switch
        {
            MemberInitExpression initialisation => BuildMemberInit(initialisation, slots),
            _ => Children.Replace(creation, slots),
        }, behaviour);
        if (!operands.Any(this.CarriesDerivative))
            return this.Apply(operation, operands);
        (RefusalCode code, string reason) = WhyNotWhole(creation.Type, this.user);
        this.Refuse(this.user ?? creation, code, reason);
        return this.Default(creation.Type);
    }

    private static (RefusalCode Code, string Reason) WhyNotWhole(Type type, Expression? user)
    {
        MethodInfo? method = user switch
        {
            MethodCallExpression call => call.Method,
            MemberExpression { Member: PropertyInfo property } => property.GetMethod,
            BinaryExpression binary => binary.Method,
            UnaryExpression unary => unary.Method,
            _ => null,
        };
        string whole = $"object of type {TypeName(type)} with a value that depends on the input";
        return user is InvocationExpression || (method is not null && typeof(Delegate).IsAssignableFrom(method.DeclaringType)) ? (RefusalCode.CapturedDelegate, CallsDelegate)
            : method is null ? (Advice.ForObject(type), $"An {whole} is used as a whole here.")
            : (Advice.ForObject(method, type), $"{(user is MemberExpression { Member: var member } ? $"{TypeName(member.DeclaringType!)}.{member.Name}" : Signature(method))} gets an {whole}: ExprGrad cannot see what it does with it.");
    }

    // The arguments of the constructor come before the assigned members.
    private static MemberInitExpression BuildMemberInit(MemberInitExpression initialisation, ParameterExpression[] slots)
    {
        int arguments = initialisation.NewExpression.Arguments.Count;
        return Expression.MemberInit(
            initialisation.NewExpression.Update(slots[..arguments]),
            initialisation.Bindings.Select((binding, k) => Expression.Bind(binding.Member, slots[arguments + k])));
    }
}
