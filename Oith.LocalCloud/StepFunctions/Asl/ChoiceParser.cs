namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Reads Choice states.</summary>
internal static class ChoiceParser
{
    public static ChoiceState Parse(DefinitionReader reader, string name)
    {
        reader.Require("Choices");
        reader.RequireItems("Choices");
        var choices = new List<ChoiceBranch>();
        foreach (var choice in reader.Objects("Choices"))
        {
            choice.Require("Next");
            if (Rule(choice) is { } rule)
            {
                choices.Add(new ChoiceBranch(rule, choice.String("Next") ?? "", choice.Template("Assign"), choice.JsonataTemplate("Output")));
            }
        }

        return new ChoiceState
        {
            Name = name,
            InputPath = reader.PathField("InputPath"),
            OutputPath = reader.PathField("OutputPath"),
            Assign = reader.Template("Assign"),
            IsJsonata = reader.IsJsonata,
            Output = reader.JsonataTemplate("Output"),
            Choices = choices,
            Default = reader.String("Default"),
        };
    }

    private static ChoiceRule? Rule(DefinitionReader reader)
    {
        if (reader.IsJsonata)
        {
            return Condition(reader);
        }

        if (reader.Has("And"))
        {
            return new ChoiceAnd(Rules(reader, "And"));
        }

        if (reader.Has("Or"))
        {
            return new ChoiceOr(Rules(reader, "Or"));
        }

        if (reader.Has("Not"))
        {
            return reader.Object("Not") is { } inner && Rule(inner) is { } rule ? new ChoiceNot(rule) : null;
        }

        return Comparison(reader);
    }

    private static ChoiceRule? Condition(DefinitionReader reader)
    {
        foreach (var (name, _) in reader.Value.Members)
        {
            if (name is "Condition" or "Next" or "Comment" or "Assign" or "Output")
            {
                continue;
            }

            reader.Fault(name is "And" or "Or" or "Not" or "Variable" || ChoiceComparison.Operators.ContainsKey(name) || name.EndsWith("Path", StringComparison.Ordinal)
                ? $"The QueryLanguage is set to 'JSONata', but field '{name}' is only supported for the 'JSONPath' QueryLanguage"
                : $"Field '{name}' is not supported");
        }

        if (!reader.Require("Condition"))
        {
            return null;
        }

        if (reader.Find("Condition") is { Kind: AslKind.Boolean } constant)
        {
            return new ChoiceConstant(constant.Boolean);
        }

        if (reader.Expression("Condition") is { } expression)
        {
            return new ChoiceExpression(expression);
        }

        reader.Fault("Expected value of type Boolean or a JSONata expression", "Condition");
        return null;
    }

    private static ChoiceRule[] Rules(DefinitionReader reader, string name) => [.. reader.Objects(name).Select(Rule).OfType<ChoiceRule>()];

    private static ChoiceComparison? Comparison(DefinitionReader reader)
    {
        if (!reader.Require("Variable") || reader.PathExpression("Variable") is not { } variable)
        {
            return null;
        }

        ChoiceComparison? found = null;
        foreach (var (name, value) in reader.Value.Members)
        {
            if (name is "Variable" or "Next" or "Comment" or "Assign" or "Output")
            {
                continue;
            }

            if (found is not null)
            {
                reader.Fault($"Field '{name}' is not supported");
                continue;
            }

            if (ChoiceComparison.Operators.TryGetValue(name, out var comparison))
            {
                if (!Fits(comparison, value))
                {
                    reader.Fault($"Expected value of type {Expected(comparison)}", name);
                }

                found = new ChoiceComparison(variable, comparison, value, null);
            }
            else if (name.EndsWith("Path", StringComparison.Ordinal)
                && ChoiceComparison.Operators.TryGetValue(name[..^"Path".Length], out comparison) && comparison.HasPath)
            {
                found = new ChoiceComparison(variable, comparison, null, reader.PathExpression(name));
            }
            else
            {
                reader.Fault($"Field '{name}' is not supported");
            }
        }

        if (found is null)
        {
            reader.Fault("A comparison operator is required");
        }

        return found;
    }

    private static bool Fits(ChoiceComparison.Operator comparison, AslValue value) => comparison.Kind switch
    {
        ChoiceComparison.Kind.Test or ChoiceComparison.Kind.Boolean => value.Kind == AslKind.Boolean,
        ChoiceComparison.Kind.Numeric => value.Kind == AslKind.Number,
        ChoiceComparison.Kind.Timestamp => value.IsString && WaitState.TryParseTimestamp(value.Text, out _),
        _ => value.IsString,
    };

    private static string Expected(ChoiceComparison.Operator comparison) => comparison.Kind switch
    {
        ChoiceComparison.Kind.Test or ChoiceComparison.Kind.Boolean => "Boolean",
        ChoiceComparison.Kind.Numeric => "Number",
        ChoiceComparison.Kind.Timestamp => "Timestamp",
        _ => "String",
    };
}
