namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Compares values as JSON: <c>1</c> equals <c>1.0</c>, and the order of members does not count.</summary>
internal sealed class JsonEquality : IEqualityComparer<AslValue>
{
    public static JsonEquality Instance { get; } = new();

    public bool Equals(AslValue? x, AslValue? y) => x is null || y is null ? ReferenceEquals(x, y) : x.JsonEquals(y);

    public int GetHashCode(AslValue value)
    {
        switch (value.Kind)
        {
            case AslKind.Number:
                return HashCode.Combine(value.Kind, value.Number);
            case AslKind.Array:
                var items = new HashCode();
                foreach (var item in value.Items)
                {
                    items.Add(GetHashCode(item));
                }

                return items.ToHashCode();
            case AslKind.Object:
                var members = value.Count;
                foreach (var (name, member) in value.Members)
                {
                    members ^= HashCode.Combine(name, GetHashCode(member));
                }

                return members;
            default:
                return HashCode.Combine(value.Kind, value.Text);
        }
    }
}
