using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>The capacity units that a request uses of one table; only for requests that ask for it.</summary>
internal sealed class ConsumedCapacity
{
    private const double WriteUnitBytes = 1024;
    private const double ReadUnitBytes = 4096;

    private readonly Table _table;
    private readonly bool _perIndex;
    private readonly double[] _indexUnits;
    private double _tableUnits;
    private double _readUnits;
    private double _writeUnits;

    private ConsumedCapacity(Table table, bool perIndex)
    {
        _table = table;
        _perIndex = perIndex;
        _indexUnits = new double[table.Indexes.Count];
    }

    /// <summary>Units of a transaction count twice, and are shown by reads and writes.</summary>
    public bool IsTransaction { get; init; }

    /// <returns>Null when the request does not ask for it.</returns>
    public static ConsumedCapacity? For(Table table, JsonElement input, bool isTransaction = false) =>
        input.Choice("ReturnConsumedCapacity"u8, "returnConsumedCapacity", RequestReader.ReturnConsumedCapacityValues) switch
        {
            "TOTAL" => new ConsumedCapacity(table, perIndex: false) { IsTransaction = isTransaction },
            "INDEXES" => new ConsumedCapacity(table, perIndex: true) { IsTransaction = isTransaction },
            _ => null,
        };

    /// <param name="bytes">What was read, together.</param>
    /// <param name="index">The index that it was read from; null: the table.</param>
    public void AddRead(long bytes, bool consistent, SecondaryIndex? index = null)
    {
        var units = Math.Max(1, Math.Ceiling(bytes / ReadUnitBytes)) * (IsTransaction ? 2 : consistent ? 1 : 0.5);
        _readUnits += units;
        if (index is null)
        {
            _tableUnits += units;
        }
        else
        {
            _indexUnits[IndexOf(index)] += units;
        }
    }

    /// <param name="indexWrites">Entries written by index; empty: none.</param>
    public void AddWrite(Item? old, Item? current, ReadOnlySpan<int> indexWrites)
    {
        var units = Math.Max(1, Math.Ceiling(Math.Max(old?.Size ?? 0, current?.Size ?? 0) / WriteUnitBytes)) * (IsTransaction ? 2 : 1);
        _tableUnits += units;
        _writeUnits += units;
        for (var index = 0; index < indexWrites.Length; index++)
        {
            _indexUnits[index] += indexWrites[index] * units;
            _writeUnits += indexWrites[index] * units;
        }
    }

    public void Write(Utf8JsonWriter output)
    {
        output.WriteStartObject();
        output.WriteString("TableName"u8, _table.Name);
        output.WriteNumber("CapacityUnits"u8, _readUnits + _writeUnits);
        if (IsTransaction && _readUnits > 0)
        {
            output.WriteNumber("ReadCapacityUnits"u8, _readUnits);
        }

        if (IsTransaction && _writeUnits > 0)
        {
            output.WriteNumber("WriteCapacityUnits"u8, _writeUnits);
        }

        if (_perIndex)
        {
            output.WriteStartObject("Table"u8);
            output.WriteNumber("CapacityUnits"u8, _tableUnits);
            output.WriteEndObject();
            WriteIndexes(output, isGlobal: false, "LocalSecondaryIndexes");
            WriteIndexes(output, isGlobal: true, "GlobalSecondaryIndexes");
        }

        output.WriteEndObject();
    }

    private void WriteIndexes(Utf8JsonWriter output, bool isGlobal, string name)
    {
        var any = false;
        for (var index = 0; index < _indexUnits.Length; index++)
        {
            var definition = _table.Indexes[index].Definition;
            if (definition.IsGlobal != isGlobal || _indexUnits[index] == 0)
            {
                continue;
            }

            if (!any)
            {
                output.WriteStartObject(name);
                any = true;
            }

            output.WriteStartObject(definition.Name);
            output.WriteNumber("CapacityUnits"u8, _indexUnits[index]);
            output.WriteEndObject();
        }

        if (any)
        {
            output.WriteEndObject();
        }
    }

    private int IndexOf(SecondaryIndex index)
    {
        var position = 0;
        while (!ReferenceEquals(_table.Indexes[position], index))
        {
            position++;
        }

        return position;
    }
}
