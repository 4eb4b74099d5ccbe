using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary><c>$sum $count $max $min $average</c>.</summary>
internal static class AggregationFunctions
{
    public static IEnumerable<NativeFunction> All() =>
    [
        new("sum", 1, "<a<n>:n>", 1, static (arguments, run) => arguments[0] is { } numbers ? AslValue.OfJavaScript(Sum(numbers, run)) : null),
        new("count", 1, "<a:n>", 1, static (arguments, _) => AslValue.OfJavaScript(arguments[0]?.Count ?? 0)),
        new("max", 1, "<a<n>:n>", 1, static (arguments, run) => Extreme(arguments[0], Math.Max, run)),
        new("min", 1, "<a<n>:n>", 1, static (arguments, run) => Extreme(arguments[0], Math.Min, run)),
        new("average", 1, "<a<n>:n>", 1, static (arguments, run) =>
            arguments[0] is { Count: > 0 } numbers ? AslValue.OfJavaScript(Sum(numbers, run) / numbers.Count) : null),
    ];

    private static double Sum(AslValue numbers, JsonataRun run)
    {
        var sum = 0.0;
        foreach (var number in numbers.Items)
        {
            run.Step();
            sum += number.Number;
        }

        return sum;
    }

    private static AslValue? Extreme(AslValue? numbers, Func<double, double, double> choose, JsonataRun run)
    {
        if (numbers is not { Count: > 0 })
        {
            return null;
        }

        var extreme = numbers.Items[0].Number;
        foreach (var number in numbers.Items)
        {
            run.Step();
            extreme = choose(extreme, number.Number);
        }

        return AslValue.OfJavaScript(extreme);
    }
}
