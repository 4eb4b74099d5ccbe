using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Connections: how API destinations authorize their calls. What is secret of one is also in Secrets Manager, as in AWS.</summary>
internal sealed class ConnectionOperations(EventRecords records, IServiceProvider provider, Arn arn, TimeProvider time)
{
    public const string Authorized = "AUTHORIZED";

    private const int DefaultPage = 100;

    private static readonly string[] s_listed =
        ["ConnectionArn", "Name", "ConnectionState", "StateReason", "AuthorizationType", "CreationTime", "LastModifiedTime", "LastAuthorizedTime"];

    private readonly Lazy<IAwsApi> _api = new(provider.GetRequiredService<IAwsApi>);

    public async Task<JsonObject> CreateConnectionAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var name = input.RequiredText("Name");
        if (records.Store.Find(EventRecords.Connections, name) is not null)
        {
            throw EventRecords.AlreadyExists($"Connection {name} already exists.");
        }

        var authorization = input.RequiredText("AuthorizationType");
        var parameters = input.Structure("AuthParameters") ?? [];
        Check(authorization, parameters);
        var now = EventRecords.Seconds(time.GetUtcNow());
        var secret = await _api.Value.InvokeAsync(
            "secretsmanager",
            "CreateSecret",
            new JsonObject { ["Name"] = $"events!connection/{name}/{Guid.NewGuid()}", ["SecretString"] = Secret(parameters).ToJsonString() },
            cancellationToken);
        var connection = ArchiveOperations.Taken(input, "Name", "Description", "AuthorizationType");
        connection["ConnectionArn"] = arn.Of("events", $"connection/{name}/{Guid.NewGuid()}");
        connection["SecretArn"] = secret["ARN"]!.DeepClone();
        connection["CreationTime"] = now;
        Authorize(connection, authorization, parameters, now);
        records.Store.Put(EventRecords.Connections, name, connection);
        return ArchiveOperations.Taken(connection, "ConnectionArn", "ConnectionState", "CreationTime", "LastModifiedTime");
    }

    public async Task<JsonObject> UpdateConnectionAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var connection = Get(input, "update");
        var now = EventRecords.Seconds(time.GetUtcNow());
        if (input.Text("Description") is { } description)
        {
            connection["Description"] = description;
        }

        var authorization = input.Text("AuthorizationType") ?? connection.Text("AuthorizationType")!;
        if (input.Structure("AuthParameters") is { } parameters)
        {
            Check(authorization, parameters);
            await _api.Value.InvokeAsync(
                "secretsmanager",
                "PutSecretValue",
                new JsonObject { ["SecretId"] = connection.Text("SecretArn"), ["SecretString"] = Secret(parameters).ToJsonString() },
                cancellationToken);
            Authorize(connection, authorization, parameters, now);
        }

        connection["LastModifiedTime"] = now;
        records.Store.Put(EventRecords.Connections, connection.Text("Name")!, connection);
        return ArchiveOperations.Taken(connection, "ConnectionArn", "ConnectionState", "CreationTime", "LastModifiedTime", "LastAuthorizedTime");
    }

    public async Task<JsonObject> DeleteConnectionAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var connection = Get(input, "delete");
        await _api.Value.InvokeAsync(
            "secretsmanager",
            "DeleteSecret",
            new JsonObject { ["SecretId"] = connection.Text("SecretArn"), ["ForceDeleteWithoutRecovery"] = true },
            cancellationToken);
        records.Store.Remove(EventRecords.Connections, connection.Text("Name")!);
        connection["ConnectionState"] = "DELETING";
        return ArchiveOperations.Taken(connection, "ConnectionArn", "ConnectionState", "CreationTime", "LastModifiedTime", "LastAuthorizedTime");
    }

    public JsonObject DeauthorizeConnection(JsonObject input)
    {
        var connection = Get(input, "deauthorize");
        connection["ConnectionState"] = "DEAUTHORIZED";
        connection["LastModifiedTime"] = EventRecords.Seconds(time.GetUtcNow());
        connection.Remove("Secrets");
        records.Store.Put(EventRecords.Connections, connection.Text("Name")!, connection);
        return ArchiveOperations.Taken(connection, "ConnectionArn", "ConnectionState", "CreationTime", "LastModifiedTime", "LastAuthorizedTime");
    }

    public JsonObject DescribeConnection(JsonObject input)
    {
        var connection = Get(input, "describe");
        var answer = ArchiveOperations.Taken(connection, [.. s_listed, "Description", "SecretArn"]);
        answer["AuthParameters"] = Shown(connection.Structure("Parameters") ?? []);
        return answer;
    }

    public JsonObject ListConnections(JsonObject input)
    {
        var prefix = input.Text("NamePrefix") ?? "";
        var found = records.Store.All(EventRecords.Connections).Where(connection => connection.Text("Name")!.StartsWith(prefix, StringComparison.Ordinal)
            && (input.Text("ConnectionState") is not { } state || connection.Text("ConnectionState") == state));
        return Paging.Page(input, "Connections", DefaultPage, [.. found.Select(connection => ArchiveOperations.Taken(connection, s_listed))]);
    }

    private static void Authorize(JsonObject connection, string authorization, JsonObject parameters, double now)
    {
        connection["AuthorizationType"] = authorization;
        connection["Parameters"] = parameters.DeepClone();
        // OAuth is authorized by the first call that gets a token.
        connection["ConnectionState"] = authorization == "OAUTH_CLIENT_CREDENTIALS" ? "AUTHORIZING" : Authorized;
        connection["LastAuthorizedTime"] = now;
        connection["LastModifiedTime"] = now;
    }

    private static void Check(string authorization, JsonObject parameters)
    {
        var member = authorization switch
        {
            "BASIC" => "BasicAuthParameters",
            "API_KEY" => "ApiKeyAuthParameters",
            _ => "OAuthParameters",
        };
        if (parameters[member] is not JsonObject)
        {
            throw AwsServiceException.Validation($"The AuthParameters of the authorization type {authorization} must contain {member}.");
        }
    }

    /// <summary>What the secret holds: the members in the spelling of its own JSON.</summary>
    private static JsonObject Secret(JsonObject parameters)
    {
        var secret = new JsonObject();
        foreach (var (name, value) in parameters)
        {
            switch (name)
            {
                case "InvocationHttpParameters":
                    secret["invocation_http_parameters"] = Respelled(value);
                    break;
                case "OAuthParameters":
                    var oauth = value!.AsObject();
                    secret["client_id"] = oauth["ClientParameters"]?["ClientID"]?.DeepClone();
                    secret["client_secret"] = oauth["ClientParameters"]?["ClientSecret"]?.DeepClone();
                    secret["authorization_endpoint"] = oauth["AuthorizationEndpoint"]?.DeepClone();
                    secret["http_method"] = oauth["HttpMethod"]?.DeepClone();
                    if (oauth["OAuthHttpParameters"] is { } more)
                    {
                        secret["oauth_http_parameters"] = Respelled(more);
                    }

                    break;
                case "BasicAuthParameters" or "ApiKeyAuthParameters":
                    foreach (var (member, text) in value!.AsObject())
                    {
                        secret[Respelled(member)] = text?.DeepClone();
                    }

                    break;
            }
        }

        return secret;
    }

    private static JsonNode? Respelled(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(Respelled(member.Key), Respelled(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Respelled)]),
        _ => node?.DeepClone(),
    };

    private static string Respelled(string name)
    {
        var spelled = new StringBuilder(name.Length + 4);
        foreach (var character in name)
        {
            if (char.IsAsciiLetterUpper(character) && spelled.Length > 0)
            {
                spelled.Append('_');
            }

            spelled.Append(char.ToLowerInvariant(character));
        }

        return spelled.ToString();
    }

    /// <summary>The parameters without what is secret.</summary>
    private static JsonObject Shown(JsonObject parameters)
    {
        var shown = parameters.DeepClone().AsObject();
        (shown["BasicAuthParameters"] as JsonObject)?.Remove("Password");
        (shown["ApiKeyAuthParameters"] as JsonObject)?.Remove("ApiKeyValue");
        (shown["OAuthParameters"]?["ClientParameters"] as JsonObject)?.Remove("ClientSecret");
        Hide(shown["InvocationHttpParameters"]);
        Hide(shown["OAuthParameters"]?["OAuthHttpParameters"]);
        return shown;

        static void Hide(JsonNode? parameters)
        {
            foreach (var parameter in (parameters as JsonObject ?? []).Select(list => list.Value).OfType<JsonArray>().SelectMany(list => list).OfType<JsonObject>())
            {
                if (parameter.Flag("IsValueSecret") == true)
                {
                    parameter.Remove("Value");
                }
            }
        }
    }

    private JsonObject Get(JsonObject input, string verb)
    {
        var name = input.RequiredText("Name");
        return records.Store.Find(EventRecords.Connections, name)
            ?? throw EventRecords.NotFound($"Failed to {verb} the connection(s). Connection '{name}' does not exist.");
    }
}
