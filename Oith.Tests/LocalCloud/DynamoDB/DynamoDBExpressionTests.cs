using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Oith.LocalCloud.DynamoDB.Expressions;
using Oith.Tests.Fixtures;
using static Oith.Tests.LocalCloud.DynamoDB.DynamoDBClientExtensions;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class DynamoDBExpressionTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private static readonly Dictionary<string, AttributeValue> s_values = Attributes(
        (":five", N("5")), (":nine", N("9")), (":ann", S("Ann")), (":an", S("An")), (":red", S("red")), (":s", S("S")), (":no", new AttributeValue { BOOL = false }),
        (":x", S("x")), (":list", L(S("a"), N("1"))), (":set", new AttributeValue { SS = ["blue", "red"] }));

    private readonly AmazonDynamoDBClient _client = Connect(fixture.Endpoint);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("age = :five", true)]
    [InlineData("age <> :five", false)]
    [InlineData("absent <> :five", true)]
    [InlineData("absent = :five", false)]
    [InlineData("age < :ann", false)]
    [InlineData("age BETWEEN :five AND :nine", true)]
    [InlineData("NOT age BETWEEN :five AND :nine", false)]
    [InlineData("firstName IN (:x, :ann)", true)]
    [InlineData("firstName IN (:x)", false)]
    [InlineData("attribute_exists(home.city)", true)]
    [InlineData("attribute_exists(home.street)", false)]
    [InlineData("attribute_not_exists(photos[2])", true)]
    [InlineData("attribute_type(firstName, :s)", true)]
    [InlineData("begins_with(firstName, :an)", true)]
    [InlineData("contains(firstName, :an)", true)]
    [InlineData("contains(colours, :red)", true)]
    [InlineData("contains(photos, :x)", false)]
    [InlineData("size(photos) < :five", true)]
    [InlineData("size(firstName) < age", true)]
    [InlineData("size(absent) < :five", false)]
    [InlineData("age = :nine OR age = :five AND firstName = :ann", true)]
    [InlineData("(age = :nine OR age = :five) AND firstName = :x", false)]
    [InlineData("NOT (age = :nine OR firstName = :x)", true)]
    [InlineData("mixed = :list", true)]
    [InlineData("colours = :set", true)]
    [InlineData("visible = :no", true)]
    [InlineData("photos[1] = home.city", false)]
    public async Task Filter_Holds_When_The_Expression_Is_True(string filter, bool holds)
    {
        var table = await _client.CreateTableAsync();
        await _client.PutItemAsync(
            table,
            Attributes(
                ("id", S("1")), ("age", N("5")), ("firstName", S("Ann")), ("home", M(("city", S("Bern")))), ("photos", L(S("p1"), S("p2"))),
                ("colours", new AttributeValue { SS = ["red", "blue"] }), ("mixed", L(S("a"), N("1.0"))), ("visible", new AttributeValue { BOOL = false })),
            Cancellation);

        var used = s_values.Where(value => System.Text.RegularExpressions.Regex.IsMatch(filter, $"{value.Key}\\b")).ToDictionary();
        var answer = await _client.ScanAsync(
            new ScanRequest(table) { FilterExpression = filter, ExpressionAttributeValues = used.Count == 0 ? null : used }, Cancellation);

        Assert.Equal(holds ? 1 : 0, answer.Count);
    }

    [Theory]
    [InlineData("", "Invalid FilterExpression: The expression can not be empty;")]
    [InlineData("a =", "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"=\"")]
    [InlineData("a = = :v", "Invalid FilterExpression: Syntax error; token: \"=\", near: \"= = :v\"")]
    [InlineData("a = :v !", "Invalid FilterExpression: Syntax error; token: \"!\", near: \":v !\"")]
    [InlineData("status = :v", "Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: status")]
    [InlineData("foo(a, :v)", "Invalid FilterExpression: Invalid function name; function: foo")]
    [InlineData("begins_with(a)", "Invalid FilterExpression: Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1")]
    [InlineData("size(a)", "Invalid FilterExpression: The function is not allowed to be used this way in an expression; function: size")]
    [InlineData("((a = :v))", "Invalid FilterExpression: The expression has redundant parentheses;")]
    [InlineData("a = :w", "Invalid FilterExpression: An expression attribute value used in expression is not defined; attribute value: :w")]
    [InlineData("#n = :v", "Invalid FilterExpression: An expression attribute name used in the document path is not defined; attribute name: #n")]
    [InlineData("a = a AND b = :v", "Invalid FilterExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]")]
    [InlineData("attribute_type(a, :v)", "Invalid FilterExpression: Invalid attribute type name found; type: v, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}")]
    [InlineData("attribute_exists(:v)", "Invalid FilterExpression: Operator or function requires a document path; operator or function: attribute_exists")]
    [InlineData("attribute_exists(a)", "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}")]
    public async Task Filter_Is_Refused_In_DynamoDBs_Words(string filter, string message)
    {
        var table = await _client.CreateTableAsync();

        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.ScanAsync(
            new ScanRequest(table) { FilterExpression = filter, ExpressionAttributeValues = Attributes((":v", S("v"))) }, Cancellation));

        Assert.Equal("ValidationException", error.ErrorCode);
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("SET a = :v SET b = :v", "1 validation error detected: Invalid UpdateExpression: The \"SET\" section can only be used once in an update expression;")]
    [InlineData("SET a = :v, a.b = :v", "1 validation error detected: Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]")]
    [InlineData("SET a.b = :v, a[0] = :v", "1 validation error detected: Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]")]
    [InlineData("SET a = :v + :v", "1 validation error detected: Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S")]
    [InlineData("ADD a :v", "1 validation error detected: Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND")]
    [InlineData("DELETE a :v", "1 validation error detected: Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND")]
    [InlineData("SET a = list_append(a, :v)", "1 validation error detected: Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: list_append, operand type: S")]
    [InlineData("SET id = :v", "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key")]
    [InlineData("SET a.b = :v", "The document path provided in the update expression is invalid for update")]
    [InlineData("SET a = absent, b = :v", "The provided expression refers to an attribute that does not exist in the item")]
    [InlineData("SET a = n + t, b = :v", "An operand in the update expression has an incorrect data type")]
    public async Task Update_Is_Refused_In_DynamoDBs_Words(string update, string message)
    {
        var table = await _client.CreateTableAsync();
        await _client.PutItemAsync(table, Attributes(("id", S("1")), ("n", N("1")), ("t", S("t"))), Cancellation);

        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = table,
                Key = Attributes(("id", S("1"))),
                UpdateExpression = update,
                ExpressionAttributeValues = Attributes((":v", S("v"))),
            },
            Cancellation));

        Assert.Equal("ValidationException", error.ErrorCode);
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("id = :v OR id = :v", "Invalid operator used in KeyConditionExpression: OR")]
    [InlineData("id <> :v", "Invalid operator used in KeyConditionExpression: <>")]
    [InlineData("another = :v", "Query condition missed key schema element: id")]
    [InlineData("id > :v", "Query key condition not supported")]
    [InlineData("id = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type")]
    public async Task KeyCondition_Is_Refused_In_DynamoDBs_Words(string condition, string message)
    {
        var table = await _client.CreateTableAsync("id", "s");

        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.QueryAsync(
            new QueryRequest
            {
                TableName = table,
                KeyConditionExpression = condition,
                ExpressionAttributeValues = condition.Contains(":n") ? Attributes((":n", N("1"))) : Attributes((":v", S("v"))),
            },
            Cancellation));

        Assert.Equal(message, error.Message);
    }

    [Fact]
    public async Task Projection_Shows_Nested_Paths_Without_Gaps()
    {
        var table = await _client.CreateTableAsync();
        await _client.PutItemAsync(
            table,
            Attributes(("id", S("1")), ("home", M(("city", S("Bern")), ("zip", S("3000")))), ("list", L(S("0"), S("1"), S("2"))), ("status", S("on"))),
            Cancellation);

        var item = (await _client.GetItemAsync(
            new GetItemRequest
            {
                TableName = table,
                Key = Attributes(("id", S("1"))),
                ProjectionExpression = "home.city, #l[2], #l[0], #s, absent.deep",
                ExpressionAttributeNames = new Dictionary<string, string> { ["#l"] = "list", ["#s"] = "status" },
            },
            Cancellation)).Item;

        Assert.Equal(["home", "list", "status"], item.Keys.Order());
        Assert.Equal("Bern", Assert.Single(item["home"].M).Value.S);
        Assert.Equal(["0", "2"], item["list"].L.Select(value => value.S));
    }

    [Theory]
    [InlineData("1", "+", "2", "3")]
    [InlineData("0.1", "+", "0.2", "0.3")]
    [InlineData("5", "-", "5", "0")]
    [InlineData("-1.5", "-", "98.5", "-100")]
    [InlineData("99999999999999999999999999999999999998", "+", "1", "99999999999999999999999999999999999999")]
    [InlineData("1E100", "-", "1E100", "0")]
    [InlineData("1000000", "-", "0.000001", "999999.999999")]
    public async Task Arithmetic_Is_Exact(string left, string sign, string right, string expected)
    {
        var table = await _client.CreateTableAsync();
        var answer = await _client.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = table,
                Key = Attributes(("id", S("1"))),
                UpdateExpression = $"SET n = :left {sign} :right",
                ExpressionAttributeValues = Attributes((":left", N(left)), (":right", N(right))),
                ReturnValues = ReturnValue.UPDATED_NEW,
            },
            Cancellation);

        Assert.Equal(expected, answer.Attributes["n"].N);
    }

    [Fact]
    public void ReservedWords_Are_573()
    {
        Assert.Equal(573, ReservedWords.Count);
        Assert.True(ReservedWords.Contains("Status"));
    }
}
