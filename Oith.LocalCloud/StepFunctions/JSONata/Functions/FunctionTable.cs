using System.Collections.Frozen;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary>The functions that every expression sees: JSONata's without <c>$eval</c>, and those that Step Functions adds.</summary>
internal static class FunctionTable
{
    private static readonly FrozenDictionary<string, NativeFunction> s_functions =
        All().ToFrozenDictionary(function => function.Name, StringComparer.Ordinal);

    public static NativeFunction? Find(string name) => s_functions.GetValueOrDefault(name);

    private static IEnumerable<NativeFunction> All() =>
    [
        .. AggregationFunctions.All(),
        .. NumberFunctions.All(),
        .. StringFunctions.All(),
        .. MatchFunctions.All(),
        .. EncodingFunctions.All(),
        .. BooleanFunctions.All(),
        .. ArrayFunctions.All(),
        .. ObjectFunctions.All(),
        .. HigherOrderFunctions.All(),
        .. DateTimeFunctions.All(),
        .. StepFunctionsFunctions.All(),
    ];
}
