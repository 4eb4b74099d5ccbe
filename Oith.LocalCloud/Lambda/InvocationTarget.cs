using System.Globalization;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Lambda;

/// <summary>What an invocation needs to know of a function's version.</summary>
/// <param name="ErrorStatusCodes">HTTP statuses that make an answer a failed invocation.</param>
/// <param name="DeadLetterArn">The queue or topic that given up events go to, null without one.</param>
internal sealed record InvocationTarget(
    LambdaFunction Function, string Name, string Arn, string Version, TimeSpan Timeout, int MemorySize, IReadOnlySet<int> ErrorStatusCodes, string? DeadLetterArn)
{
    /// <summary>The Lambda Web Adapter's setting: <c>500-599</c>, <c>500,502-504,422</c>.</summary>
    private const string ErrorStatusCodesVariable = "AWS_LWA_ERROR_STATUS_CODES";

    public static InvocationTarget Of(LambdaFunction function, JsonObject configuration) => new(
        function,
        configuration["FunctionName"]!.GetValue<string>(),
        configuration["FunctionArn"]!.GetValue<string>(),
        configuration[nameof(Version)]!.GetValue<string>(),
        TimeSpan.FromSeconds(configuration[nameof(Timeout)]!.GetValue<int>()),
        configuration[nameof(MemorySize)]!.GetValue<int>(),
        ParseStatusCodes(configuration["Environment"]?["Variables"]?[ErrorStatusCodesVariable]?.GetValue<string>()),
        configuration["DeadLetterConfig"]?["TargetArn"]?.GetValue<string>());

    /// <summary>Parts that are no number or range are ignored, as the adapter does.</summary>
    private static HashSet<int> ParseStatusCodes(string? text)
    {
        var codes = new HashSet<int>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            var bounds = part.Split('-');
            if (bounds.Length is 1 or 2 && Parse(bounds[0]) is { } first && Parse(bounds[^1]) is { } last && last < 1000)
            {
                for (var code = first; code <= last; code++)
                {
                    codes.Add(code);
                }
            }
        }

        return codes;

        static int? Parse(string number) => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
    }
}
