using System.Text.Json;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Reads a definition into states and finds its faults, in AWS's words and order.</summary>
internal sealed class DefinitionParser
{
    private static readonly HashSet<string> s_machineFields =
        new(StringComparer.Ordinal) { "Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage" };

    private static readonly HashSet<string> s_branchFields = new(StringComparer.Ordinal) { "Comment", "StartAt", "States" };

    private static readonly HashSet<string> s_processorFields = new(StringComparer.Ordinal) { "Comment", "StartAt", "States", "ProcessorConfig" };

    private readonly List<DefinitionFault> _faults = [];

    private DefinitionParser(bool isExpress) => IsExpress = isExpress;

    /// <summary>True while the states read are those of an EXPRESS machine.</summary>
    public bool IsExpress { get; private set; }

    /// <summary>True when the whole machine is in JSONata.</summary>
    public bool IsJsonata { get; private set; }

    /// <summary>The faults of a definition that AWS would find.</summary>
    public static IReadOnlyList<DefinitionFault> Validate(string text, bool isExpress)
    {
        var parser = new DefinitionParser(isExpress);
        parser.Parse(text);
        return parser._faults;
    }

    /// <summary>Reads a definition to run it.</summary>
    /// <returns>Null when there are faults.</returns>
    public static StateMachineDefinition? Parse(string text, bool isExpress, out IReadOnlyList<DefinitionFault> faults)
    {
        var parser = new DefinitionParser(isExpress);
        var definition = parser.Parse(text);
        faults = parser._faults;
        return faults.Count == 0 ? definition : null;
    }

    /// <summary>Reads a definition of one state, as TestState takes it.</summary>
    public static State? ParseState(AslValue value, string name, out IReadOnlyList<DefinitionFault> faults)
    {
        var parser = new DefinitionParser(isExpress: false);
        var state = new StateParser(parser).Parse(new DefinitionReader(value, $"/States/{name}", parser._faults), name);
        faults = parser._faults;
        return faults.Count == 0 ? state : null;
    }

    private StateMachineDefinition? Parse(string text)
    {
        AslValue value;
        try
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                _faults.Add(new DefinitionFault(DefinitionFault.Schema, "Definition must be a valid JSON object", null));
                return null;
            }

            value = AslValue.Parse(text);
        }
        catch (JsonException)
        {
            _faults.Add(JsonFault.Describe(text));
            return null;
        }

        var reader = new DefinitionReader(value, "/", _faults);
        if (!value.IsObject)
        {
            _faults.Add(new DefinitionFault(DefinitionFault.Schema, "Definition must be a valid JSON object", null));
            return null;
        }

        reader.Allow(s_machineFields);
        IsJsonata = QueryLanguage(reader) == "JSONata";
        var timeout = reader.Whole("TimeoutSeconds", 1);
        var states = ParseGroup(reader);
        return states is null ? null : new StateMachineDefinition(states, timeout);
    }

    public string? QueryLanguage(DefinitionReader reader)
    {
        var language = reader.String("QueryLanguage");
        if (language is not (null or "JSONPath" or "JSONata"))
        {
            reader.Fault("The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]", "QueryLanguage");
        }

        return language;
    }

    public StateGroup? ParseBranch(DefinitionReader reader)
    {
        reader.Allow(s_branchFields);
        return ParseGroup(reader);
    }

    public StateGroup? ParseProcessor(DefinitionReader reader) => ParseProcessor(reader, IsExpress);

    /// <param name="isExpress">True when the items run as EXPRESS executions.</param>
    public StateGroup? ParseProcessor(DefinitionReader reader, bool isExpress)
    {
        reader.Allow(s_processorFields);
        var outer = IsExpress;
        IsExpress = isExpress;
        var group = ParseGroup(reader);
        IsExpress = outer;
        return group;
    }

    private StateGroup? ParseGroup(DefinitionReader reader)
    {
        if (!reader.Require("StartAt", "States"))
        {
            return null;
        }

        var startAt = reader.String("StartAt");
        var list = reader.Object("States");
        if (startAt is null || list is null)
        {
            return null;
        }

        var before = _faults.Count;
        var parser = new StateParser(this);
        var states = new Dictionary<string, State>(StringComparer.Ordinal);
        var prefix = reader.Path == "/" ? "" : reader.Path;
        foreach (var (name, value) in list.Value.Members)
        {
            var at = $"{prefix}/States/{name}";
            if (name.Length > 80)
            {
                _faults.Add(new DefinitionFault(DefinitionFault.Schema, "State name should not be longer than 80 characters", at));
            }
            else if (!value.IsObject)
            {
                _faults.Add(new DefinitionFault(DefinitionFault.Schema, "Expected value of type Object", at));
            }
            else if (parser.Parse(new DefinitionReader(value, at, _faults), name) is { } state)
            {
                states[name] = state;
            }
        }

        if (_faults.Count == before)
        {
            FollowTransitions(startAt, states, list.Value, prefix);
        }

        return new StateGroup(startAt, states);
    }

    // A state with End leads nowhere, though its catchers may.
    private static bool IsPassedThrough(State state) => state.Next is not null || state is ChoiceState;

    private void FollowTransitions(string startAt, Dictionary<string, State> states, AslValue list, string prefix)
    {
        if (!states.ContainsKey(startAt))
        {
            _faults.Add(new DefinitionFault(DefinitionFault.MissingTarget, $"Missing 'Next' target: {startAt}", $"{prefix}/StartAt"));
        }

        foreach (var (name, _) in list.Members)
        {
            foreach (var (target, field) in Transitions.Of(list.Find(name)!))
            {
                if (!states.ContainsKey(target))
                {
                    _faults.Add(new DefinitionFault(DefinitionFault.MissingTarget, $"Missing 'Next' target: {target}", $"{prefix}/States/{name}/{field}"));
                }
            }
        }

        if (states.Values.All(IsPassedThrough))
        {
            _faults.Add(new DefinitionFault("MISSING_END_STATE", "Workflow has no terminal state", null));
            return;
        }

        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([startAt]);
        while (open.TryPop(out var next))
        {
            if (states.TryGetValue(next, out var state) && reached.Add(next))
            {
                foreach (var target in state.Targets)
                {
                    open.Push(target);
                }
            }
        }

        foreach (var (name, _) in list.Members)
        {
            if (!reached.Contains(name))
            {
                _faults.Add(new DefinitionFault(DefinitionFault.MissingTarget, $"State \"{name}\" is not reachable.", $"{prefix}/States/{name}"));
            }
        }
    }
}

/// <summary>Where a state may lead, each target with the field that names it.</summary>
internal static class Transitions
{
    public static IEnumerable<(string Target, string Field)> Of(AslValue state)
    {
        if (state.Find("Next") is { IsString: true } next)
        {
            yield return (next.Text, "Next");
        }

        if (state.Find("Default") is { IsString: true } byDefault)
        {
            yield return (byDefault.Text, "Default");
        }

        foreach (var list in new[] { "Choices", "Catch" })
        {
            if (state.Find(list) is { IsArray: true } rules)
            {
                for (var i = 0; i < rules.Count; i++)
                {
                    if (rules.Items[i].Find("Next") is { IsString: true } target)
                    {
                        yield return (target.Text, $"{list}[{i}]/Next");
                    }
                }
            }
        }
    }
}
