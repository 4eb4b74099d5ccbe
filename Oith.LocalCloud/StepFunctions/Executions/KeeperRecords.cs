using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>The journal's records: one JSON object each, its kind in the member <c>r</c>.</summary>
internal static class KeeperRecords
{
    private const string SentText = "sent";

    public static byte[] ToBytes(AslValue record)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            record.WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static AslValue Machine(StateMachine machine)
    {
        lock (machine.Lock)
        {
            return AslValue.Object(
                ("r", AslValue.Of("machine")),
                ("arn", AslValue.Of(machine.Arn)),
                ("name", AslValue.Of(machine.Name)),
                ("express", AslValue.Of(machine.IsExpress)),
                ("created", Time(machine.CreationDate)),
                ("revision", Revision(machine.Revision)),
                ("lastVersion", AslValue.Of(machine.LastVersion)),
                ("versions", AslValue.Array([.. machine.Versions.Select(version => AslValue.Object(
                    ("number", AslValue.Of(version.Number)),
                    ("revision", Revision(version.Revision)),
                    ("description", AslValue.OfOptional(version.Description)),
                    ("created", Time(version.CreationDate))))])),
                ("aliases", AslValue.Array([.. machine.Aliases.Select(Alias)])),
                ("tags", Tags(machine.Tags)));
        }
    }

    public static AslValue Revision(StateMachineRevision revision) => AslValue.Object(
        ("id", AslValue.Of(revision.Id)),
        ("definition", AslValue.Of(revision.DefinitionText)),
        ("role", AslValue.Of(revision.RoleArn)),
        ("date", Time(revision.Date)),
        ("logging", revision.LoggingConfiguration ?? AslValue.Null),
        ("tracing", revision.TracingConfiguration ?? AslValue.Null),
        ("encryption", revision.EncryptionConfiguration ?? AslValue.Null));

    public static AslValue Activity(StepActivity activity) => AslValue.Object(
        ("r", AslValue.Of("activity")),
        ("arn", AslValue.Of(activity.Arn)),
        ("name", AslValue.Of(activity.Name)),
        ("created", Time(activity.CreationDate)),
        ("tags", Tags(activity.Tags)));

    public static AslValue Deleted(string arn) => AslValue.Object(("r", AslValue.Of("deleted")), ("arn", AslValue.Of(arn)));

    /// <summary>An execution with the revision that it runs, so that it needs nothing else to go on.</summary>
    public static AslValue Started(Execution execution) => AslValue.Object(
        ("r", AslValue.Of("started")),
        ("arn", AslValue.Of(execution.Arn)),
        ("name", AslValue.Of(execution.Name)),
        ("machine", AslValue.Of(execution.Machine.Arn)),
        ("machineName", AslValue.Of(execution.Machine.Name)),
        ("revision", Revision(execution.Revision)),
        ("input", Sent(execution.Input)),
        ("started", Time(execution.StartDate)),
        ("version", AslValue.OfOptional(execution.VersionArn)),
        ("alias", AslValue.OfOptional(execution.AliasArn)),
        ("trace", AslValue.OfOptional(execution.TraceCaller)));

    public static AslValue Event(string arn, HistoryEvent added) => AslValue.Object(
        ("r", AslValue.Of("event")),
        ("arn", AslValue.Of(arn)),
        ("id", AslValue.Of(added.Id)),
        ("previous", AslValue.Of(added.PreviousEventId)),
        ("type", AslValue.Of(added.Type)),
        ("time", Time(added.Timestamp)),
        ("details", AslValue.Array([.. added.Details.Select(detail =>
            AslValue.Array(AslValue.Of(detail.Name), Sent(detail.Value), AslValue.Of(detail.IsData)))])));

    public static AslValue Entered(string arn, ResumePoint point) => AslValue.Object(
        ("r", AslValue.Of("entered")),
        ("arn", AslValue.Of(arn)),
        ("state", AslValue.Of(point.StateName)),
        ("input", Sent(point.Input)),
        ("event", AslValue.Of(point.EnteredEventId)),
        ("time", Time(point.EnteredTime)),
        ("variables", point.Variables));

    public static AslValue Redriven(string arn, int count, DateTimeOffset date, long eventId) => AslValue.Object(
        ("r", AslValue.Of("redriven")),
        ("arn", AslValue.Of(arn)),
        ("count", AslValue.Of(count)),
        ("date", Time(date)),
        ("event", AslValue.Of(eventId)));

    public static AslValue Ended(Execution execution) => AslValue.Object(
        ("r", AslValue.Of("ended")),
        ("arn", AslValue.Of(execution.Arn)),
        ("status", AslValue.Of(execution.Status.ToAws())),
        ("hasOutput", AslValue.Of(execution.Output is not null)),
        ("output", Sent(execution.Output ?? AslValue.Null)),
        ("error", AslValue.OfOptional(execution.Error)),
        ("cause", AslValue.OfOptional(execution.Cause)),
        ("stopped", Time(execution.StopDate!.Value)));

    /// <summary>Reads back what <see cref="Sent"/> wrote.</summary>
    public static AslValue ReadSent(AslValue kept) => kept is { IsObject: true, Count: 1 } && kept.Find(SentText) is { } text
        ? text.IsString ? AslValue.ParseAsSent(text.Text) : text
        : kept;

    public static AslValue Time(DateTimeOffset time) => AslValue.Of(time.ToString("O", CultureInfo.InvariantCulture));

    public static DateTimeOffset ReadTime(AslValue value) => DateTimeOffset.Parse(value.Text, CultureInfo.InvariantCulture);

    /// <summary>A value in the form that it was sent in: <c>{"sent": "the text"}</c>. An object that looks like that is wrapped: <c>{"sent": {"sent": …}}</c>.</summary>
    private static AslValue Sent(AslValue value) => value.HasSource ? AslValue.Object((SentText, AslValue.Of(value.ToText())))
        : value is { IsObject: true, Count: 1 } && value.TryGet(SentText, out _) ? AslValue.Object((SentText, value))
        : value;

    private static AslValue Alias(StateMachineAlias alias) => AslValue.Object(
        ("name", AslValue.Of(alias.Name)),
        ("arn", AslValue.Of(alias.Arn)),
        ("description", AslValue.OfOptional(alias.Description)),
        ("routes", AslValue.Array([.. alias.Routes.Select(route => AslValue.Array(AslValue.Of(route.VersionArn), AslValue.Of(route.Weight)))])),
        ("created", Time(alias.CreationDate)),
        ("updated", Time(alias.UpdateDate)));

    private static AslValue Tags(ConcurrentDictionary<string, string> tags) =>
        AslValue.Object([.. tags.Select(tag => KeyValuePair.Create(tag.Key, AslValue.Of(tag.Value)))]);
}
