using System.Collections.Frozen;
using System.Globalization;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Integrations;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>
/// The shapes of answers, for TestState's check of mocked results. Those of the operations with an integration of their own
/// and a few others; a mock of any other operation is taken as it is.
/// </summary>
internal static class MockShapes
{
    // name:type, where the type is s(tring), n(umber), b(oolean), * (anything), [x] a list, {a:x,...} an object;
    // s<1> has a least length, n<1..9> a range, s(A|B) one of some values.
    private static readonly FrozenDictionary<string, Shape> s_shapes = new Dictionary<string, string>
    {
        ["lambda:Invoke"] = "{StatusCode:n,FunctionError:s,LogResult:s,ExecutedVersion:s,Payload:*}",
        ["sqs:SendMessage"] = "{MessageId:s,MD5OfMessageBody:s,MD5OfMessageAttributes:s,MD5OfMessageSystemAttributes:s,SequenceNumber:s}",
        ["sns:Publish"] = "{MessageId:s,SequenceNumber:s}",
        ["events:PutEvents"] = "{FailedEntryCount:n,Entries:[{EventId:s,ErrorCode:s,ErrorMessage:s}]}",
        ["states:StartExecution"] = "{ExecutionArn:s<1>,StartDate:s}",
        ["dynamodb:PutItem"] = "{ConsumedCapacity:{TableName:s,CapacityUnits:n,ReadCapacityUnits:n,WriteCapacityUnits:n}}",
        ["dynamodb:GetItem"] = "{ConsumedCapacity:{TableName:s,CapacityUnits:n,ReadCapacityUnits:n,WriteCapacityUnits:n}}",
        ["dynamodb:UpdateItem"] = "{ConsumedCapacity:{TableName:s,CapacityUnits:n,ReadCapacityUnits:n,WriteCapacityUnits:n}}",
        ["dynamodb:DeleteItem"] = "{ConsumedCapacity:{TableName:s,CapacityUnits:n,ReadCapacityUnits:n,WriteCapacityUnits:n}}",
        ["kms:Encrypt"] = "{CiphertextBlob:s<1>,KeyId:s<1>,EncryptionAlgorithm:s(SYMMETRIC_DEFAULT|RSAES_OAEP_SHA_1|RSAES_OAEP_SHA_256|SM2PKE)}",
        ["lambda:GetFunction"] = "{Configuration:{FunctionName:s,FunctionArn:s,Runtime:s,Handler:s,CodeSize:n,Timeout:n<1..900>,MemorySize:n<128..10240>}}",
        ["s3:GetObject"] = "{AcceptRanges:s,ContentLength:n,ContentType:s,ETag:s,Body:*,StorageClass:s(STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|"
            + "ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|DEEP_ARCHIVE|OUTPOSTS|GLACIER_IR|SNOW|EXPRESS_ONEZONE)}",
    }.ToFrozenDictionary(pair => pair.Key, pair => new Reader(pair.Value).Read(), StringComparer.Ordinal);

    /// <exception cref="AwsServiceException">ValidationException: a member of the mocked result is not of its type.</exception>
    public static void Check(ServiceTask task, AslValue result)
    {
        if (s_shapes.TryGetValue($"{task.Service.SigningName}:{task.Operation}", out var shape))
        {
            Check(shape, result, "");
        }
    }

    private static void Check(Shape shape, AslValue value, string field)
    {
        switch (shape.Type)
        {
            case 's':
                CheckText(shape, value, field);
                break;
            case 'n':
                Require(value.Kind == AslKind.Number, field, "must be a number");
                Require(shape.Minimum is null || value.Number >= shape.Minimum, field, "is less than the minimum value");
                Require(shape.Maximum is null || value.Number <= shape.Maximum, field, "exceeds the maximum value");
                break;
            case 'b':
                Require(value.Kind == AslKind.Boolean, field, "must be a boolean");
                break;
            case '[':
                Require(value.IsArray, field, "must be an array");
                foreach (var item in value.Items)
                {
                    Check(shape.Item!, item, field);
                }

                break;
            case '{':
                Require(value.IsObject, field, "must be an object");
                foreach (var (name, member) in value.Members)
                {
                    if (shape.Members!.TryGetValue(name, out var expected))
                    {
                        Check(expected, member, name);
                    }
                }

                break;
        }
    }

    private static void CheckText(Shape shape, AslValue value, string field)
    {
        Require(value.IsString, field, "must be a string");
        Require(shape.Minimum is null || value.Text.Length >= shape.Minimum, field, "is smaller than the minimum length");
        Require(shape.Values is null || shape.Values.Contains(value.Text), field, "is not an expected value");
    }

    private static void Require(bool holds, string field, string rule)
    {
        if (!holds)
        {
            throw AwsServiceException.Validation($"Mock result schema validation error: Field '{field}' {rule}");
        }
    }

    private sealed record Shape(char Type)
    {
        public double? Minimum { get; init; }

        public double? Maximum { get; init; }

        public string[]? Values { get; init; }

        public Shape? Item { get; init; }

        public Dictionary<string, Shape>? Members { get; init; }
    }

    private sealed class Reader(string text)
    {
        private int _at;

        public Shape Read()
        {
            var type = text[_at++];
            switch (type)
            {
                case '[':
                    var item = Read();
                    _at++;
                    return new Shape(type) { Item = item };
                case '{':
                    var members = new Dictionary<string, Shape>(StringComparer.Ordinal);
                    while (text[_at] != '}')
                    {
                        var colon = text.IndexOf(':', _at);
                        var name = text[_at..colon];
                        _at = colon + 1;
                        members[name] = Read();
                        _at += text[_at] == ',' ? 1 : 0;
                    }

                    _at++;
                    return new Shape(type) { Members = members };
                default:
                    return Limited(type);
            }
        }

        private Shape Limited(char type)
        {
            if (_at < text.Length && text[_at] == '<')
            {
                var bounds = Until('>').Split("..");
                return new Shape(type)
                {
                    Minimum = double.Parse(bounds[0], CultureInfo.InvariantCulture),
                    Maximum = bounds.Length == 2 ? double.Parse(bounds[1], CultureInfo.InvariantCulture) : null,
                };
            }

            return _at < text.Length && text[_at] == '(' ? new Shape(type) { Values = Until(')').Split('|') } : new Shape(type);
        }

        private string Until(char end)
        {
            var start = _at + 1;
            var stop = text.IndexOf(end, start);
            _at = stop + 1;
            return text[start..stop];
        }
    }
}
