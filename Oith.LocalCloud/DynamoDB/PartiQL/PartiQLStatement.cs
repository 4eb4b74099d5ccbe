using Oith.LocalCloud.DynamoDB.Expressions;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.PartiQL;

/// <summary>A statement on one table.</summary>
internal abstract record PartiQLStatement(string Table);

/// <summary><c>INSERT INTO t VALUE {'id': '1'}</c></summary>
internal sealed record PartiQLInsert(string Table, Item Item) : PartiQLStatement(Table);

/// <summary><c>SELECT a, b FROM t.i WHERE c = 1</c></summary>
/// <param name="Paths">Null: all attributes.</param>
internal sealed record PartiQLSelect(string Table, string? Index, IReadOnlyList<DocumentPath>? Paths, Condition? Where) : PartiQLStatement(Table);

/// <summary><c>UPDATE t SET a = 1 REMOVE b WHERE id = '1'</c></summary>
/// <param name="Returning"><c>ALL_OLD</c>, <c>UPDATED_NEW</c> and so on, null for nothing.</param>
internal sealed record PartiQLUpdate(string Table, IReadOnlyList<UpdateAction> Actions, Condition Where, string? Returning) : PartiQLStatement(Table);

/// <summary><c>DELETE FROM t WHERE id = '1'</c></summary>
internal sealed record PartiQLDelete(string Table, Condition Where, string? Returning) : PartiQLStatement(Table);

/// <summary>A value written into a statement.</summary>
internal sealed class LiteralOperand(AttributeValue value) : Operand
{
    public AttributeValue Value { get; } = value;

    public override AttributeValue Evaluate(AttributeValue item, Bindings bindings) => Value;

    public override AttributeType TypeIn(Bindings bindings) => Value.Type;
}
