namespace Oith.StressTest.Invariants;

/// <summary>What the checker found.</summary>
/// <param name="Checks">Each invariant, with how often it was held against something and how often it did not hold.</param>
internal sealed record InvariantReport(IReadOnlyList<InvariantCheck> Checks)
{
    public int Total => Checks.Sum(check => check.Violations);
}

/// <param name="Examples">The first few violations, in words.</param>
internal sealed record InvariantCheck(string Invariant, int Checked, int Violations, IReadOnlyList<string> Examples);
