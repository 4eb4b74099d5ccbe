using System.Collections.Frozen;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>The condition of a choice.</summary>
internal abstract class ChoiceRule
{
    public abstract IEnumerable<string> Variables { get; }

    /// <exception cref="StateRuntimeException">A path names nothing.</exception>
    public abstract bool Matches(in Evaluation evaluation);
}

/// <summary>A condition in JSONata, which must give true or false.</summary>
internal sealed class ChoiceExpression(JsonataField condition) : ChoiceRule
{
    public override IEnumerable<string> Variables => condition.Variables;

    public override bool Matches(in Evaluation evaluation) => condition.Evaluate(evaluation, "boolean").Boolean;
}

/// <summary>A condition in JSONata that is written out: <c>"Condition": true</c>.</summary>
internal sealed class ChoiceConstant(bool value) : ChoiceRule
{
    public override IEnumerable<string> Variables => [];

    public override bool Matches(in Evaluation evaluation) => value;
}

internal sealed class ChoiceAnd(ChoiceRule[] rules) : ChoiceRule
{
    public override IEnumerable<string> Variables => rules.SelectMany(rule => rule.Variables);

    public override bool Matches(in Evaluation evaluation)
    {
        foreach (var rule in rules)
        {
            if (!rule.Matches(evaluation))
            {
                return false;
            }
        }

        return true;
    }
}

internal sealed class ChoiceOr(ChoiceRule[] rules) : ChoiceRule
{
    public override IEnumerable<string> Variables => rules.SelectMany(rule => rule.Variables);

    public override bool Matches(in Evaluation evaluation)
    {
        foreach (var rule in rules)
        {
            if (rule.Matches(evaluation))
            {
                return true;
            }
        }

        return false;
    }
}

internal sealed class ChoiceNot(ChoiceRule rule) : ChoiceRule
{
    public override IEnumerable<string> Variables => rule.Variables;

    public override bool Matches(in Evaluation evaluation) => !rule.Matches(evaluation);
}

/// <summary>A comparison of a variable: <c>{"Variable": "$.age", "NumericGreaterThan": 17}</c>, or with a path: <c>"NumericGreaterThanPath": "$.limit"</c>.</summary>
internal sealed class ChoiceComparison(PathExpression variable, ChoiceComparison.Operator comparison, AslValue? literal, PathExpression? path) : ChoiceRule
{
    public enum Kind
    {
        Test,
        Boolean,
        Numeric,
        String,
        Timestamp,
    }

    /// <summary>All operators by name; those that compare with a value have a twin with the ending Path.</summary>
    public static FrozenDictionary<string, Operator> Operators { get; } = Build();

    public override IEnumerable<string> Variables => variable.Variables.Concat(path?.Variables ?? []);

    public override bool Matches(in Evaluation evaluation)
    {
        if (comparison.Name == "IsPresent")
        {
            return IsPresent(evaluation) == literal!.Boolean;
        }

        var value = Value(variable, evaluation);
        return comparison.Compare(value, path is null ? literal! : Value(path, evaluation));
    }

    private bool IsPresent(in Evaluation evaluation)
    {
        try
        {
            var value = variable.Evaluate(evaluation);
            return variable.Path.IsDefinite || value.Count > 0;
        }
        catch (PathNotFoundException)
        {
            return false;
        }
    }

    private static AslValue Value(PathExpression path, in Evaluation evaluation)
    {
        try
        {
            return path.Evaluate(evaluation);
        }
        catch (PathNotFoundException)
        {
            throw new StateRuntimeException($"Invalid path '{path.Text}': The choice state's condition path references an invalid value.");
        }
    }

    private static FrozenDictionary<string, Operator> Build()
    {
        var all = new List<Operator>
        {
            Test("IsPresent", _ => true),
            Test("IsNull", value => value.IsNull),
            Test("IsBoolean", value => value.Kind == AslKind.Boolean),
            Test("IsNumeric", value => value.Kind == AslKind.Number),
            Test("IsString", value => value.IsString),
            Test("IsTimestamp", value => value.IsString && WaitState.TryParseTimestamp(value.Text, out _)),
            new("BooleanEquals", Kind.Boolean, (value, other) => value.Kind == AslKind.Boolean && value.JsonEquals(other)),
            new("StringMatches", Kind.String, (value, other) => value.IsString && Wildcard.Matches(value.Text, other.Text)) { HasPath = false },
        };
        foreach (var (name, holds) in new (string, Func<int, bool>)[]
        {
            ("Equals", order => order == 0),
            ("LessThan", order => order < 0),
            ("LessThanEquals", order => order <= 0),
            ("GreaterThan", order => order > 0),
            ("GreaterThanEquals", order => order >= 0),
        })
        {
            all.Add(new("Numeric" + name, Kind.Numeric, (value, other) =>
                value.Kind == AslKind.Number && other.Kind == AslKind.Number && holds(value.Number.CompareTo(other.Number))));
            all.Add(new("String" + name, Kind.String, (value, other) =>
                value.IsString && other.IsString && holds(string.CompareOrdinal(value.Text, other.Text))));
            all.Add(new("Timestamp" + name, Kind.Timestamp, (value, other) =>
                value.IsString && other.IsString
                && WaitState.TryParseTimestamp(value.Text, out var left) && WaitState.TryParseTimestamp(other.Text, out var right)
                && holds(left.CompareTo(right))));
        }

        return all.ToFrozenDictionary(one => one.Name, StringComparer.Ordinal);
    }

    private static Operator Test(string name, Func<AslValue, bool> holds) =>
        new(name, Kind.Test, (value, wanted) => holds(value) == wanted.Boolean) { HasPath = false };

    internal sealed record Operator(string Name, Kind Kind, Func<AslValue, AslValue, bool> Compare)
    {
        public bool HasPath { get; init; } = true;
    }
}
