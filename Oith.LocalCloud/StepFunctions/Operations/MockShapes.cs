using System.Collections.Frozen;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Integrations;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>
/// Validates TestState's mocked results against the shapes of the services' answers. A mock of a service without a table is not validated, nor is
/// that of a task which waits for a token, because the output sent with the token has no shape.
/// </summary>
internal static class MockShapes
{
    private static readonly FrozenDictionary<string, InputShapes> s_tables =
        new[] { "dynamodb", "events", "kms", "lambda", "s3", "secretsmanager", "sns", "sqs", "states", "sts" }
            .ToFrozenDictionary(service => service, service => InputShapes.Of("results/" + service), StringComparer.Ordinal);

    /// <param name="requiresMembers">True in the mode STRICT, which wants the members that the service always answers.</param>
    /// <exception cref="AwsServiceException">ValidationException: the mocked result is not what the service answers.</exception>
    public static void Check(ServiceTask task, AslValue result, bool requiresMembers)
    {
        if (task.Pattern == TaskPattern.WaitForTaskToken || !s_tables.TryGetValue(task.Service.SigningName, out var shapes))
        {
            return;
        }

        // The optimized integrations of Lambda show the payload as JSON; a nested execution is awaited as DescribeExecution shows it.
        var isJsonPayload = !task.IsSdk && task.Service.SigningName == "lambda";
        var operation = task.Pattern is TaskPattern.Sync or TaskPattern.Sync2 ? "DescribeExecution" : task.Operation;
        if (shapes.Find(operation) is { } shape)
        {
            new Mock(shapes, requiresMembers, isJsonPayload || task.Pattern == TaskPattern.Sync2).Check(shape, result, "");
        }
    }

    /// <param name="isJson">True when Payload, Input and Output are JSON and not its text.</param>
    private sealed class Mock(InputShapes shapes, bool requiresMembers, bool isJson)
    {
        public void Check(InputShape shape, AslValue value, string field)
        {
            switch (shape.Kind)
            {
                case ShapeKind.Structure:
                    Require(value.IsObject, field, "must be an object");
                    CheckMembers(shape, value);
                    break;
                case ShapeKind.Map:
                    Require(value.IsObject, field, "must be an object");
                    foreach (var (_, member) in value.Members)
                    {
                        CheckPart(shape.Item!, member, field);
                    }

                    break;
                case ShapeKind.List:
                    Require(value.IsArray, field, "must be an array");
                    foreach (var item in value.Items)
                    {
                        CheckPart(shape.Item!, item, field);
                    }

                    break;
                case ShapeKind.Integer or ShapeKind.Long or ShapeKind.Double:
                    Require(value.Kind == AslKind.Number, field, "must be a number");
                    Require(shape.Minimum is null || value.Number >= shape.Minimum, field, "is less than the minimum value");
                    Require(shape.Maximum is null || value.Number <= shape.Maximum, field, "exceeds the maximum value");
                    break;
                case ShapeKind.Boolean:
                    Require(value.Kind == AslKind.Boolean, field, "must be a boolean");
                    break;
                default:
                    CheckText(shape, value, field);
                    break;
            }
        }

        private void CheckMembers(InputShape shape, AslValue value)
        {
            foreach (var (name, member) in shape.Members)
            {
                if (!value.TryGet(name, out _) && member.IsRequired && requiresMembers)
                {
                    throw Failure($"Required field '{name}' is missing");
                }
            }

            foreach (var (name, member) in value.Members)
            {
                if (shape.Members.TryGetValue(name, out var expected) && (!isJson || name is not ("Payload" or "Input" or "Output")))
                {
                    CheckPart(expected.Shape, member, name);
                }
            }
        }

        private void CheckPart(string shape, AslValue value, string field)
        {
            if (shapes.Find(shape) is { } known)
            {
                Check(known, value, field);
            }
        }

        private static void CheckText(InputShape shape, AslValue value, string field)
        {
            Require(value.IsString, field, "must be a string");
            Require(shape.Minimum is null || value.Text.Length >= shape.Minimum, field, "is smaller than the minimum length");
            Require(shape.Maximum is null || value.Text.Length <= shape.Maximum, field, "exceeds the maximum length");
            Require(shape.Values.Count == 0 || shape.Values.Contains(value.Text), field, "is not an expected value");
        }

        private static void Require(bool holds, string field, string rule)
        {
            if (!holds)
            {
                throw Failure($"Field '{field}' {rule}");
            }
        }

        private static AwsServiceException Failure(string reason) => AwsServiceException.Validation("Mock result schema validation error: " + reason);
    }
}
