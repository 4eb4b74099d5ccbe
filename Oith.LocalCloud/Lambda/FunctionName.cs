using System.Text.RegularExpressions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>
/// A function as callers name it: <c>my-function</c>, <c>my-function:v1</c>, <c>000000000000:function:my-function</c> or
/// <c>arn:aws:lambda:us-east-1:000000000000:function:my-function:v1</c>.
/// </summary>
/// <param name="Qualifier">Version or alias, null when the name has none.</param>
internal readonly partial record struct FunctionName(string Name, string? Qualifier)
{
    public const string Latest = "$LATEST";

    /// <exception cref="AwsServiceException">ValidationException when the text names no function.</exception>
    public static FunctionName Parse(string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success)
        {
            throw LambdaErrors.Constraint(
                text,
                "functionName",
                "Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?"
                + "(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?");
        }

        return new FunctionName(match.Groups["name"].Value, match.Groups["qualifier"] is { Success: true } qualifier ? qualifier.Value : null);
    }

    /// <summary>The member FunctionName of a call, with the member Qualifier when it has one.</summary>
    public static FunctionName Of(AwsCall call)
    {
        var name = Parse(call.OptionalString("FunctionName")
            ?? throw AwsServiceException.Validation(
                "1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null"));
        if (call.OptionalString("Qualifier") is not { } qualifier)
        {
            return name;
        }

        if (name.Qualifier is not null && name.Qualifier != qualifier)
        {
            throw LambdaErrors.InvalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
        }

        return name with { Qualifier = qualifier };
    }

    public static bool IsVersion(string qualifier) => qualifier.All(char.IsAsciiDigit);

    [GeneratedRegex(@"^(arn:aws[a-zA-Z-]*:lambda:)?([a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-\d:)?(\d{12}:)?(function:)?(?<name>[a-zA-Z0-9-_]{1,140})(:(?<qualifier>\$LATEST|[a-zA-Z0-9-_]{1,128}))?$")]
    private static partial Regex Pattern();
}
