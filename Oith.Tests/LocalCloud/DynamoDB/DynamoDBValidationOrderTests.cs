using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.DynamoDB;

/// <summary>What DynamoDB refuses before it looks for the table, and in which words.</summary>
public sealed class DynamoDBValidationOrderTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>
{
    private const string Enum = "failed to satisfy constraint: Member must satisfy enum value set:";

    [Theory]
    [InlineData(
        "PutItem", """{"TableName":"none","Item":{"id":{"S":"1"}},"ReturnValues":"X","ReturnConsumedCapacity":"Y"}""",
        $"2 validation errors detected: Value 'X' at 'returnValues' {Enum} [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; "
        + $"Value 'Y' at 'returnConsumedCapacity' {Enum} [INDEXES, TOTAL, NONE]")]
    [InlineData("PutItem", """{"TableName":"none","Item":{"id":{"S":"1"}},"ReturnValues":"UPDATED_NEW"}""", "ReturnValues can only be ALL_OLD or NONE")]
    [InlineData(
        "DeleteItem", """{"TableName":"none","Key":{"id":{"S":"1"}},"ReturnItemCollectionMetrics":"X"}""",
        $"1 validation error detected: Value 'X' at 'returnItemCollectionMetrics' {Enum} [SIZE, NONE]")]
    [InlineData(
        "Query", """{"TableName":"none","Select":"X"}""",
        $"1 validation error detected: Value 'X' at 'select' {Enum} [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]")]
    [InlineData(
        "Scan", """{"TableName":"none","Limit":0}""",
        "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData(
        "UpdateItem", """{"TableName":"none","Key":{"id":{"S":"1"}},"UpdateExpression":"ADD n :v","ExpressionAttributeValues":{":v":{"S":"x"}}}""",
        "1 validation error detected: Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, "
        + "typeSet: ALLOWED_FOR_ADD_OPERAND")]
    [InlineData(
        "UpdateItem", """{"TableName":"none","Key":{"id":{"S":"1"}},"UpdateExpression":"DELETE n :v","ExpressionAttributeValues":{":v":{"BOOL":true}}}""",
        "1 validation error detected: Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: BOOL, "
        + "typeSet: ALLOWED_FOR_ADD_OPERAND")]
    [InlineData(
        "TransactWriteItems",
        """{"TransactItems":[{"Update":{"TableName":"none","Key":{"id":{"S":"1"}},"UpdateExpression":"ADD n :v","ExpressionAttributeValues":{":v":{"S":"x"}}}}]}""",
        "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND")]
    [InlineData(
        "PutItem", """{"TableName":"none","Item":{"id":{"S":"1"}},"ConditionExpression":"a = :v"}""",
        "1 validation error detected: Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :v")]
    [InlineData(
        "GetItem", """{"TableName":"none","Key":{"id":{"S":"1"}},"ProjectionExpression":"!!! INVALID !!!"}""",
        "Invalid ProjectionExpression: Syntax error; token: \"!\", near: \"!!\"")]
    [InlineData("BatchGetItem", """{"RequestItems":{}}""", "The requestItems parameter is required for BatchGetItem")]
    [InlineData("BatchWriteItem", """{"RequestItems":{}}""", "The requestItems parameter is required for BatchWriteItem")]
    [InlineData(
        "CreateTable", """{"TableName":"x!","AttributeDefinitions":[],"KeySchema":[]}""",
        "2 validation errors detected: Value 'x!' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; "
        + "Value 'x!' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3")]
    public async Task Request_Is_Refused_Before_The_Table_Is_Looked_For(string operation, string input, string message)
    {
        var error = await RefusedAsync(operation, input);
        Assert.Equal(("ValidationException", message), (error.Code, error.Message));
    }

    [Fact]
    public async Task Table_Name_Is_Refused_When_It_Is_Too_Long()
    {
        var name = new string('a', 256);
        var error = await RefusedAsync("PutItem", $$$"""{"TableName":"{{{name}}}","Item":{"id":{"S":"1"} }}""");
        Assert.Equal(
            $"1 validation error detected: Value '{name}' at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 255",
            error.Message);
    }

    [Theory]
    [InlineData("""{"Put":{"TableName":"transact","Item":{"id":{"N":"1"}}}}""", "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N")]
    [InlineData("""{"Put":{"TableName":"transact","Item":{"other":{"S":"1"}}}}""", "One or more parameter values were invalid: Missing the key id in the item")]
    [InlineData("""{"Delete":{"TableName":"transact","Key":{"id":{"N":"1"}}}}""", "The provided key element does not match the schema")]
    [InlineData(
        """{"Update":{"TableName":"transact","Key":{"id":{"N":"1"}},"UpdateExpression":"SET a = :v","ExpressionAttributeValues":{":v":{"S":"x"}}}}""",
        "The provided key element does not match the schema")]
    [InlineData(
        """{"ConditionCheck":{"TableName":"transact","Key":{},"ConditionExpression":"attribute_exists(id)"}}""",
        "The provided key element does not match the schema")]
    public async Task Key_Of_A_Wrong_Type_Cancels_The_Transaction_With_A_Reason(string action, string reason)
    {
        await EnsureTableAsync("transact");
        var good = """{"Put":{"TableName":"transact","Item":{"id":{"S":"good"}}}}""";
        var error = await RefusedAsync("TransactWriteItems", $$"""{"TransactItems":[{{good}},{{action}}]}""");
        Assert.Equal(
            ("TransactionCanceledException", "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]"),
            (error.Code, error.Message));
        Assert.Equal(reason, error.Members!["CancellationReasons"]![1]!["Message"]!.GetValue<string>());
        var kept = await CallAsync("GetItem", """{"TableName":"transact","Key":{"id":{"S":"good"}}}""");
        Assert.Null(kept["Item"]);
    }

    [Fact]
    public async Task Transactional_Read_Is_Cancelled_By_A_Wrong_Key_And_Refused_When_A_Key_Comes_Twice()
    {
        await EnsureTableAsync("reads");
        var error = await RefusedAsync("TransactGetItems", """{"TransactItems":[{"Get":{"TableName":"reads","Key":{}}}]}""");
        Assert.Equal("Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]", error.Message);

        var get = """{"Get":{"TableName":"reads","Key":{"id":{"S":"1"}}}}""";
        var twice = await RefusedAsync("TransactGetItems", $$"""{"TransactItems":[{{get}},{{get}}]}""");
        Assert.Equal(("ValidationException", "Transaction request cannot include multiple operations on one item"), (twice.Code, twice.Message));
    }

    [Theory]
    [InlineData("TagResource", "arn:aws:dynamodb:us-east-1:999999999999:table/foreign", "AccessDeniedException")]
    [InlineData("UntagResource", "arn:aws:dynamodb:eu-west-1:000000000000:table/foreign", "AccessDeniedException")]
    [InlineData("ListTagsOfResource", "arn:aws:dynamodb:us-east-1:999999999999:table/foreign", "AccessDeniedException")]
    [InlineData("ListTagsOfResource", "arn:aws:dynamodb:us-east-1:000000000000:table/none", "AccessDeniedException")]
    [InlineData("TagResource", "arn:aws:dynamodb:us-east-1:000000000000:table/none", "ResourceNotFoundException")]
    [InlineData("TagResource", "nonsense", "ValidationException")]
    public async Task Tags_Of_Another_Account_Or_Region_Are_Denied(string operation, string arn, string code)
    {
        var error = await RefusedAsync(operation, $$$"""{"ResourceArn":"{{{arn}}}"{{{(operation == "TagResource" ? ""","Tags":[{"Key":"a","Value":"b"}]""" : operation == "UntagResource" ? ""","TagKeys":["a"]""" : "")}}}}""");
        Assert.Equal(code, error.Code);
        if (code == "AccessDeniedException")
        {
            Assert.Equal($"User: arn:aws:iam::000000000000:root is not authorized to perform: dynamodb:{operation} on resource: {arn}", error.Message);
        }
    }

    [Theory]
    [InlineData("EnableKinesisStreamingDestination")]
    [InlineData("DisableKinesisStreamingDestination")]
    [InlineData("UpdateKinesisStreamingDestination")]
    public async Task Kinesis_Destination_Is_Refused_By_Name(string operation)
    {
        await EnsureTableAsync("kinesis");
        var error = await RefusedAsync(operation, """{"TableName":"kinesis","StreamArn":"arn:aws:kinesis:us-east-1:000000000000:stream/s"}""");
        Assert.Equal(
            ("UnknownOperationException", $"LocalCloud does not support the operation {operation} of the service dynamodb."), (error.Code, error.Message));
        var described = await CallAsync("DescribeKinesisStreamingDestination", """{"TableName":"kinesis"}""");
        Assert.Equal("""{"TableName":"kinesis","KinesisDataStreamDestinations":[]}""", described.ToJsonString());
    }

    [Fact]
    public async Task PartiQL_Shows_A_Nested_Value_Under_Its_Own_Name()
    {
        await EnsureTableAsync("nested");
        await CallAsync("PutItem", """{"TableName":"nested","Item":{"id":{"S":"1"},"map":{"M":{"inner":{"S":"deep"}}}}}""");
        var answer = await CallAsync("ExecuteStatement", """{"Statement":"SELECT map.inner FROM nested WHERE id = '1'"}""");
        Assert.Equal("""[{"inner":{"S":"deep"}}]""", answer["Items"]!.ToJsonString());
    }

    private async Task EnsureTableAsync(string name)
    {
        try
        {
            await CallAsync("CreateTable", $$$"""
                {"TableName":"{{{name}}}","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],
                 "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}
                """);
        }
        catch (AwsServiceException error) when (error.Code == "ResourceInUseException")
        {
            // Another case of the same theory made it.
        }
    }

    private Task<AwsServiceException> RefusedAsync(string operation, string input) => Assert.ThrowsAsync<AwsServiceException>(() => CallAsync(operation, input));

    private Task<JsonObject> CallAsync(string operation, string input) =>
        fixture.Api.InvokeAsync("dynamodb", operation, JsonNode.Parse(input)!.AsObject(), TestContext.Current.CancellationToken).AsTask();
}
