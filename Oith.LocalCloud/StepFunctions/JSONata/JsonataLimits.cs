namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>How much an evaluation may use before it is cut.</summary>
internal sealed record JsonataLimits
{
    public static JsonataLimits Default { get; } = new();

    /// <summary>Five seconds unless set.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How deep expressions and calls may nest; 3000 unless set. A call in tail position does not nest.</summary>
    public int Depth { get; init; } = 3000;

    /// <summary>How many items and members all arrays and objects together may have, eight characters of text counting as one; two million unless set.</summary>
    public long Cells { get; init; } = 2_000_000;
}
