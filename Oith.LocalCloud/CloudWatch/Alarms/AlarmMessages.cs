using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>What alarms send, in AWS's shapes.</summary>
internal static class AlarmMessages
{
    /// <summary>The message that an SNS topic gets.</summary>
    public static JsonObject Notification(Alarm alarm, string oldState, DateTimeOffset time, LocalCloudOptions options, string regionName)
    {
        var definition = alarm.Definition;
        var message = new JsonObject
        {
            ["AlarmName"] = alarm.Name,
            ["AlarmDescription"] = definition.Text("AlarmDescription"),
            ["AWSAccountId"] = options.AccountId,
            ["AlarmConfigurationUpdatedTimestamp"] = AlarmActions.Timestamp(alarm.ConfigurationUpdated),
            ["NewStateValue"] = alarm.StateValue,
            ["NewStateReason"] = alarm.StateReason,
            ["StateChangeTime"] = AlarmActions.Timestamp(time),
            ["Region"] = regionName,
            ["AlarmArn"] = alarm.Arn,
            ["OldStateValue"] = oldState,
            ["OKActions"] = definition["OKActions"]?.DeepClone() ?? new JsonArray(),
            ["AlarmActions"] = definition["AlarmActions"]?.DeepClone() ?? new JsonArray(),
            ["InsufficientDataActions"] = definition["InsufficientDataActions"]?.DeepClone() ?? new JsonArray(),
        };
        if (alarm.IsComposite)
        {
            message["AlarmRule"] = definition.Text("AlarmRule");
            message["TriggeringChildren"] = TriggeringChildren(alarm);
        }
        else
        {
            message["Trigger"] = Trigger(definition);
        }

        return message;
    }

    /// <summary>The alarms whose changes made a composite alarm change, which its state's data names in lower case.</summary>
    private static JsonArray TriggeringChildren(Alarm composite)
    {
        var children = composite.StateReasonData is { } data ? JsonInput.Parse(data)?["triggeringAlarms"] as JsonArray : null;
        return new JsonArray([.. (children ?? []).Select(child => (JsonNode?)new JsonObject
        {
            ["Arn"] = child!["arn"]!.DeepClone(),
            ["State"] = new JsonObject
            {
                ["Value"] = child["state"]!["value"]!.DeepClone(),
                ["Timestamp"] = child["state"]!["timestamp"]!.DeepClone(),
            },
        })]);
    }

    /// <summary>The event that a function gets.</summary>
    public static JsonObject FunctionEvent(Alarm alarm, string oldState, string oldReason, DateTimeOffset time, LocalCloudOptions options) => new()
    {
        ["source"] = "aws.cloudwatch",
        ["alarmArn"] = alarm.Arn,
        ["accountId"] = options.AccountId,
        ["time"] = AlarmActions.Timestamp(time),
        ["region"] = options.Region,
        ["alarmData"] = new JsonObject
        {
            ["alarmName"] = alarm.Name,
            ["state"] = new JsonObject { ["value"] = alarm.StateValue, ["reason"] = alarm.StateReason, ["timestamp"] = AlarmActions.Timestamp(time) },
            ["previousState"] = new JsonObject { ["value"] = oldState, ["reason"] = oldReason, ["timestamp"] = AlarmActions.Timestamp(time) },
            ["configuration"] = Configuration(alarm),
        },
    };

    private static JsonObject Configuration(Alarm alarm)
    {
        var configuration = new JsonObject();
        if (alarm.Definition.Text("AlarmDescription") is { } description)
        {
            configuration["description"] = description;
        }

        if (alarm.IsComposite)
        {
            configuration["alarmRule"] = alarm.Definition.Text("AlarmRule");
            return configuration;
        }

        configuration["metrics"] = new JsonArray([.. alarm.Queries.Select(query => (JsonNode?)(query.Metric is null
            ? new JsonObject { ["id"] = query.Id, ["returnData"] = query.ReturnData }
            : new JsonObject
            {
                ["id"] = query.Id,
                ["metricStat"] = new JsonObject
                {
                    ["metric"] = new JsonObject
                    {
                        ["namespace"] = query.Metric.Namespace,
                        ["name"] = query.Metric.Name,
                        ["dimensions"] = new JsonObject(query.Metric.Dimensions.Select(dimension => KeyValuePair.Create(dimension.Key, (JsonNode?)dimension.Value))),
                    },
                    ["period"] = query.Period,
                    ["stat"] = query.Stat,
                },
                ["returnData"] = query.ReturnData,
            }))]);
        return configuration;
    }

    private static JsonObject Trigger(JsonObject definition)
    {
        var trigger = new JsonObject();
        if (definition.List("Metrics") is { Count: > 0 } metrics)
        {
            var copies = metrics.DeepClone().AsArray();
            foreach (var metric in copies.Select(copy => copy!["MetricStat"]?["Metric"]?.AsObject()).OfType<JsonObject>())
            {
                metric["Dimensions"] = Dimensions(metric);
            }

            trigger["Metrics"] = copies;
        }
        else
        {
            trigger["MetricName"] = definition.Text("MetricName");
            trigger["Namespace"] = definition.Text("Namespace");
            if (definition.Text("Statistic") is { } statistic)
            {
                trigger["StatisticType"] = "Statistic";
                trigger["Statistic"] = statistic == "SampleCount" ? "SAMPLE_COUNT" : statistic.ToUpperInvariant();
            }
            else
            {
                trigger["StatisticType"] = "ExtendedStatistic";
                trigger["ExtendedStatistic"] = definition.Text("ExtendedStatistic");
            }

            trigger["Unit"] = definition.Text("Unit");
            trigger["Dimensions"] = Dimensions(definition);
        }

        foreach (var member in (ReadOnlySpan<string>)["Period", "EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator", "Threshold"])
        {
            if (definition[member] is { } value)
            {
                trigger[member] = value.DeepClone();
            }
        }

        trigger["TreatMissingData"] = definition.Text("TreatMissingData") ?? "missing";
        trigger["EvaluateLowSampleCountPercentile"] = definition.Text("EvaluateLowSampleCountPercentile") ?? "";
        return trigger;
    }

    /// <summary>Messages spell the members of a dimension in lower case.</summary>
    private static JsonArray Dimensions(JsonObject metric) => new([.. (metric.List("Dimensions") ?? []).Select(dimension => (JsonNode?)new JsonObject
    {
        ["value"] = dimension!.AsObject().Text("Value"),
        ["name"] = dimension.AsObject().Text("Name"),
    })]);
}
