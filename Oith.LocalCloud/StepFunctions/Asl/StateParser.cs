using Oith.LocalCloud.StepFunctions.Integrations;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Reads one state of a definition.</summary>
internal sealed class StateParser(DefinitionParser parser)
{
    private const string Common = "Type Comment QueryLanguage";
    private const string Transition = "Next End";

    private static readonly Dictionary<string, (HashSet<string> JsonPath, HashSet<string> Jsonata)> s_fields = new(StringComparer.Ordinal)
    {
        ["Pass"] = Fields(
            $"{Transition} InputPath OutputPath Assign Result ResultPath Parameters", $"{Transition} Output Assign"),
        ["Succeed"] = Fields("InputPath OutputPath", "Output"),
        ["Fail"] = Fields("Error ErrorPath Cause CausePath", "Error Cause"),
        ["Wait"] = Fields(
            $"{Transition} InputPath OutputPath Assign Seconds SecondsPath Timestamp TimestampPath", $"{Transition} Output Assign Seconds Timestamp"),
        ["Choice"] = Fields("InputPath OutputPath Assign Choices Default", "Output Assign Choices Default"),
        ["Task"] = Fields(
            $"{Transition} InputPath OutputPath Assign ResultPath ResultSelector Parameters Retry Catch Resource Credentials "
            + "TimeoutSeconds TimeoutSecondsPath HeartbeatSeconds HeartbeatSecondsPath",
            $"{Transition} Output Assign Arguments Retry Catch Resource Credentials TimeoutSeconds HeartbeatSeconds"),
        ["Parallel"] = Fields(
            $"{Transition} InputPath OutputPath Assign ResultPath ResultSelector Parameters Retry Catch Branches",
            $"{Transition} Output Assign Arguments Retry Catch Branches"),
        ["Map"] = Fields(
            $"{Transition} InputPath OutputPath Assign ResultPath ResultSelector Parameters Retry Catch ItemsPath ItemSelector ItemProcessor Iterator "
            + "ItemReader ItemBatcher ResultWriter MaxConcurrency MaxConcurrencyPath ToleratedFailureCount ToleratedFailureCountPath "
            + "ToleratedFailurePercentage ToleratedFailurePercentagePath Label",
            $"{Transition} Output Assign Items Retry Catch ItemSelector ItemProcessor Iterator ItemReader ItemBatcher ResultWriter MaxConcurrency "
            + "ToleratedFailureCount ToleratedFailurePercentage Label"),
    };

    private static readonly string[] s_waits = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];

    private static readonly HashSet<string> s_jsonataOnly = new(StringComparer.Ordinal) { "Output", "Arguments", "Items" };

    /// <returns>Null when the state cannot be read; the faults tell why.</returns>
    public State? Parse(DefinitionReader reader, string name)
    {
        if (!reader.Require("Type") || reader.String("Type") is not { } type)
        {
            return null;
        }

        if (!s_fields.TryGetValue(type, out var fields))
        {
            reader.Fault("The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]", "Type");
            return null;
        }

        var language = parser.QueryLanguage(reader);
        if (language == "JSONPath" && parser.IsJsonata)
        {
            reader.Fault("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
            return null;
        }

        var isJsonata = (language ?? (parser.IsJsonata ? "JSONata" : "JSONPath")) == "JSONata";
        reader.IsJsonata = isJsonata;
        AllowFields(reader, isJsonata ? fields.Jsonata : fields.JsonPath, isJsonata);
        CheckTransition(reader, type);
        CheckCredentials(reader);
        return type switch
        {
            "Pass" => ParsePass(reader, name),
            "Succeed" => new SucceedState
            {
                Name = name,
                IsJsonata = reader.IsJsonata,
                Output = reader.JsonataTemplate("Output"),
                InputPath = reader.PathField("InputPath"),
                OutputPath = reader.PathField("OutputPath"),
            },
            "Fail" => ParseFail(reader, name),
            "Wait" => ParseWait(reader, name),
            "Choice" => ChoiceParser.Parse(reader, name),
            "Task" => ParseTask(reader, name),
            "Parallel" => ParseParallel(reader, name),
            _ => new MapParser(parser).Parse(reader, name),
        };
    }

    public static IReadOnlyList<Retrier> Retriers(DefinitionReader reader)
    {
        var retriers = new List<Retrier>();
        foreach (var one in reader.Objects("Retry"))
        {
            one.Require("ErrorEquals");
            one.RequireItems("ErrorEquals");
            retriers.Add(new Retrier(one.Strings("ErrorEquals"))
            {
                IntervalSeconds = one.Whole("IntervalSeconds", 0) ?? 1,
                MaxAttempts = (int)Math.Min(one.Whole("MaxAttempts", 0) ?? 3, int.MaxValue),
                BackoffRate = one.Number("BackoffRate") ?? 2,
                MaxDelaySeconds = one.Whole("MaxDelaySeconds", 1),
                HasFullJitter = one.String("JitterStrategy") == "FULL",
            });
        }

        CheckAll(reader, "Retry", [.. retriers.Select(one => one.ErrorEquals)]);
        return retriers;
    }

    public static IReadOnlyList<Catcher> Catchers(DefinitionReader reader)
    {
        var catchers = new List<Catcher>();
        foreach (var one in reader.Objects("Catch"))
        {
            one.Require("ErrorEquals", "Next");
            one.RequireItems("ErrorEquals");
            if (one.IsJsonata && one.Has("ResultPath"))
            {
                one.Fault("The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage");
            }
            else if (!one.IsJsonata && one.Has("Output"))
            {
                one.Fault("The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage");
            }

            catchers.Add(new Catcher(
                one.Strings("ErrorEquals"), one.String("Next") ?? "", one.ResultPath(), one.Template("Assign"), one.JsonataTemplate("Output")));
        }

        CheckAll(reader, "Catch", [.. catchers.Select(one => one.ErrorEquals)]);
        return catchers;
    }

    private static (HashSet<string> JsonPath, HashSet<string> Jsonata) Fields(string jsonPath, string jsonata) =>
        ([.. Common.Split(' '), .. jsonPath.Split(' ')], [.. Common.Split(' '), .. jsonata.Split(' ')]);

    // States.ALL must stand alone and last.
    private static void CheckAll(DefinitionReader reader, string field, IReadOnlyList<IReadOnlyList<string>> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i].Contains(StateFailure.All) && (names[i].Count > 1 || i < names.Count - 1))
            {
                reader.Fault("States.ALL must appear alone and in the last item", $"{field}[{i}]");
            }
        }
    }

    private static void AllowFields(DefinitionReader reader, HashSet<string> allowed, bool isJsonata)
    {
        foreach (var (field, _) in reader.Value.Members)
        {
            if (allowed.Contains(field))
            {
                continue;
            }

            if (!isJsonata && s_jsonataOnly.Contains(field))
            {
                reader.Fault($"The QueryLanguage is set to 'JSONPath', but field '{field}' is only supported for the 'JSONata' QueryLanguage");
            }
            else if (isJsonata && (field.EndsWith("Path", StringComparison.Ordinal) || field is "Parameters" or "ResultSelector" or "Result"))
            {
                reader.Fault($"The QueryLanguage is set to 'JSONata', but field '{field}' is only supported for the 'JSONPath' QueryLanguage");
            }
            else
            {
                reader.Fault($"Field '{field}' is not supported");
            }
        }
    }

    private static void CheckTransition(DefinitionReader reader, string type)
    {
        if (type is "Choice" or "Succeed" or "Fail")
        {
            return;
        }

        var ends = reader.Boolean("End");
        if (!reader.Has("Next") && !ends)
        {
            reader.Fault("One of these fields is required: [Next, End]");
        }
        else if (reader.Has("Next") && ends)
        {
            reader.Fault("Only one of the fields 'Next' and 'End' may be set");
        }
    }

    private static void CheckCredentials(DefinitionReader reader)
    {
        if (reader.Find("Credentials") is { IsObject: true } credentials && !credentials.TryGet("RoleArn", out _) && !credentials.TryGet("RoleArn.$", out _))
        {
            reader.Fault("The field 'RoleArn' is required but was missing", "Credentials");
        }
    }

    private static PassState ParsePass(DefinitionReader reader, string name) => new()
    {
        Name = name,
        Next = reader.String("Next"),
        InputPath = reader.PathField("InputPath"),
        OutputPath = reader.PathField("OutputPath"),
        IsJsonata = reader.IsJsonata,
        Output = reader.JsonataTemplate("Output"),
        Assign = reader.Template("Assign"),
        Result = reader.Find("Result"),
        ResultPath = reader.ResultPath(),
        Parameters = reader.Template(reader.IsJsonata ? "Arguments" : "Parameters"),
    };

    private static FailState ParseFail(DefinitionReader reader, string name) => new()
    {
        Name = name,
        IsJsonata = reader.IsJsonata,
        Error = reader.String("Error"),
        Cause = reader.String("Cause"),
        ErrorExpression = reader.Expression("Error"),
        CauseExpression = reader.Expression("Cause"),
        ErrorPath = Expression(reader, "ErrorPath"),
        CausePath = Expression(reader, "CausePath"),
    };

    private static AslExpression? Expression(DefinitionReader reader, string field)
    {
        if (reader.String(field) is not { } text)
        {
            return null;
        }

        var parsed = AslExpression.TryParse(text);
        if (parsed is null)
        {
            reader.Fault($"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call");
        }

        return parsed;
    }

    private static WaitState ParseWait(DefinitionReader reader, string name)
    {
        var given = s_waits.Count(reader.Has);
        if (given != 1)
        {
            reader.Fault("Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]");
        }

        DateTimeOffset? timestamp = null;
        var secondsExpression = reader.Expression("Seconds");
        var timestampExpression = reader.Expression("Timestamp");
        if (timestampExpression is null && reader.String("Timestamp") is { } text)
        {
            if (WaitState.TryParseTimestamp(text, out var parsed))
            {
                timestamp = parsed;
            }
            else
            {
                reader.Fault("String does not match RFC3339 timestamp", "Timestamp");
            }
        }

        return new WaitState
        {
            Name = name,
            Next = reader.String("Next"),
            InputPath = reader.PathField("InputPath"),
            OutputPath = reader.PathField("OutputPath"),
            IsJsonata = reader.IsJsonata,
            Output = reader.JsonataTemplate("Output"),
            Assign = reader.Template("Assign"),
            SecondsExpression = secondsExpression,
            TimestampExpression = timestampExpression,
            Seconds = secondsExpression is null ? reader.Whole("Seconds", 0) : null,
            SecondsPath = reader.PathExpression("SecondsPath"),
            Timestamp = timestamp,
            TimestampPath = reader.PathExpression("TimestampPath"),
        };
    }

    private TaskState? ParseTask(DefinitionReader reader, string name)
    {
        var resource = Resource(reader);
        var timeoutExpression = reader.Expression("TimeoutSeconds");
        var heartbeatExpression = reader.Expression("HeartbeatSeconds");
        var state = new TaskState
        {
            Name = name,
            Resource = resource!,
            Next = reader.String("Next"),
            InputPath = reader.PathField("InputPath"),
            OutputPath = reader.PathField("OutputPath"),
            IsJsonata = reader.IsJsonata,
            Output = reader.JsonataTemplate("Output"),
            Assign = reader.Template("Assign"),
            ResultPath = reader.ResultPath(),
            ResultSelector = reader.Template("ResultSelector"),
            Parameters = reader.Template(reader.IsJsonata ? "Arguments" : "Parameters"),
            Retry = Retriers(reader),
            Catch = Catchers(reader),
            TimeoutExpression = timeoutExpression,
            HeartbeatExpression = heartbeatExpression,
            TimeoutSeconds = timeoutExpression is null ? reader.Whole("TimeoutSeconds", 1) : null,
            TimeoutSecondsPath = reader.PathExpression("TimeoutSecondsPath"),
            HeartbeatSeconds = heartbeatExpression is null ? reader.Whole("HeartbeatSeconds", 1) : null,
            HeartbeatSecondsPath = reader.PathExpression("HeartbeatSecondsPath"),
            Credentials = reader.Template("Credentials"),
        };
        if (state is { TimeoutSeconds: { } timeout, HeartbeatSeconds: { } heartbeat } && heartbeat >= timeout)
        {
            reader.Fault("HeartbeatSeconds must be smaller than TimeoutSeconds", "HeartbeatSeconds");
        }

        return resource is null ? null : state;
    }

    private TaskResource? Resource(DefinitionReader reader)
    {
        if (!reader.Require("Resource") || reader.String("Resource") is not { } arn)
        {
            return null;
        }

        var resource = TaskResourceParser.TryParse(arn);
        if (resource is null)
        {
            reader.Fault(
                $"The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.",
                "Resource");
        }
        else if (parser.IsExpress && resource is ActivityTask)
        {
            reader.Fault("Express state machine does not support Activity ARN", "Resource");
        }
        else if (parser.IsExpress && resource is ServiceTask { Pattern: not TaskPattern.RequestResponse } service)
        {
            var pattern = service.Pattern == TaskPattern.WaitForTaskToken ? ".waitForTaskToken" : ".sync";
            reader.Fault($"Express state machine does not support '{pattern}' service integration ", "Resource");
        }

        return resource;
    }

    private ParallelState ParseParallel(DefinitionReader reader, string name) => new()
    {
        Name = name,
        Next = reader.String("Next"),
        InputPath = reader.PathField("InputPath"),
        OutputPath = reader.PathField("OutputPath"),
        IsJsonata = reader.IsJsonata,
        Output = reader.JsonataTemplate("Output"),
        Assign = reader.Template("Assign"),
        ResultPath = reader.ResultPath(),
        ResultSelector = reader.Template("ResultSelector"),
        Parameters = reader.Template(reader.IsJsonata ? "Arguments" : "Parameters"),
        Retry = Retriers(reader),
        Catch = Catchers(reader),
        Branches = Branches(reader),
    };

    private List<StateGroup> Branches(DefinitionReader reader)
    {
        reader.Require("Branches");
        reader.RequireItems("Branches");
        return [.. reader.Objects("Branches").Select(parser.ParseBranch).OfType<StateGroup>()];
    }
}
