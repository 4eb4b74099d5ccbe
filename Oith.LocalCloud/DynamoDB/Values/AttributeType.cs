namespace Oith.LocalCloud.DynamoDB.Values;

/// <summary>The data types of DynamoDB, named as the wire names them; the numbers are stored.</summary>
internal enum AttributeType : byte
{
    None = 0,
    S = 1,
    N = 2,
    B = 3,
    SS = 4,
    NS = 5,
    BS = 6,
    M = 7,
    L = 8,
    BOOL = 9,
    NULL = 10,
}

internal static class AttributeTypes
{
    private static readonly string[] s_names = [.. Enum.GetValues<AttributeType>().Select(type => type.ToString())];

    /// <summary>The wire's name without an allocation.</summary>
    public static string Name(this AttributeType type) => s_names[(int)type];

    public static bool IsScalar(this AttributeType type) => type is AttributeType.S or AttributeType.N or AttributeType.B;

    public static bool IsSet(this AttributeType type) => type is AttributeType.SS or AttributeType.NS or AttributeType.BS;

    /// <summary>The type of a set's elements.</summary>
    public static AttributeType ElementType(this AttributeType set) => set switch
    {
        AttributeType.SS => AttributeType.S,
        AttributeType.NS => AttributeType.N,
        _ => AttributeType.B,
    };

    /// <summary>The type in the words of update expressions' errors: <c>STRING</c>.</summary>
    public static string LongName(this AttributeType type) => type switch
    {
        AttributeType.S => "STRING",
        AttributeType.N => "NUMBER",
        AttributeType.B => "BINARY",
        AttributeType.SS => "STRING_SET",
        AttributeType.NS => "NUMBER_SET",
        AttributeType.BS => "BINARY_SET",
        AttributeType.M => "MAP",
        AttributeType.L => "LIST",
        AttributeType.BOOL => "BOOL",
        _ => "NULL",
    };

    public static bool TryParse(ReadOnlySpan<byte> name, out AttributeType type)
    {
        type = name.Length switch
        {
            1 => name[0] switch
            {
                (byte)'S' => AttributeType.S,
                (byte)'N' => AttributeType.N,
                (byte)'B' => AttributeType.B,
                (byte)'M' => AttributeType.M,
                (byte)'L' => AttributeType.L,
                _ => AttributeType.None,
            },
            2 when name[1] == 'S' => name[0] switch
            {
                (byte)'S' => AttributeType.SS,
                (byte)'N' => AttributeType.NS,
                (byte)'B' => AttributeType.BS,
                _ => AttributeType.None,
            },
            4 when name.SequenceEqual("BOOL"u8) => AttributeType.BOOL,
            4 when name.SequenceEqual("NULL"u8) => AttributeType.NULL,
            _ => AttributeType.None,
        };
        return type != AttributeType.None;
    }
}
