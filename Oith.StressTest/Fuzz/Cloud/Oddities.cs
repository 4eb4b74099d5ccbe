using System.Text.Json.Nodes;
using CsCheck;

namespace Oith.StressTest.Fuzz.Cloud;

/// <summary>Values that few clients send: odd texts, texts in the languages that services parse, and what a JSON tree cannot hold.</summary>
internal static class Oddities
{
    /// <summary>Stands in a tree for raw JSON that no tree can hold; <see cref="RequestWriter"/> puts it in.</summary>
    public static readonly (string Mark, string Json)[] Raw =
    [
        ("\uE000lone", "\"\\ud83d\""),
        ("\uE000half", "\"a\\udc00b\""),
        ("\uE000deep", new string('[', 5000) + new string(']', 5000)),
        ("\uE000objects", string.Concat(Enumerable.Repeat("{\"a\":", 100)) + "1" + new string('}', 100)),
        ("\uE000huge", "1e999"),
        ("\uE000digits", new string('9', 400)),
        ("\uE000twice", "{\"Key\":\"a\",\"Key\":\"b\"}"),
    ];

    private static readonly string[] s_texts =
    [
        "", " ", "\0", "a\0b", "\u0001\u001f", "\uFEFF", "\u202Eevil", "𝔘𝔫𝔦", "é\u0301", "\uFFFF", "null", "true", "0", "-1", "1e5", "NaN", "Infinity", "{}", "[]", "{\"a\":", "\"", "'",
        "\\", "%00", "%2F..%2F", "../../etc/passwd", "${AWS::Region}", "{{resolve:ssm:fuzz-1}}", "{{resolve:secretsmanager:fuzz-1:SecretString:a}}", "*", "**", ".", "..", "a.b.c", "#", ":", "$", "$$", "$.a",
        "arn:aws:sqs", "arn:::::", "arn:aws:sqs:us-east-1:000000000000:fuzz-1", "arn:aws:lambda:us-east-1:000000000000:function:fuzz-1:a:b:c", "http://", "http://localhost:1/000000000000/fuzz-1",
        "2024-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "rate(1 minute)", "rate(2147483647 days)", "cron(5/2147483647 * * * ? *)", "cron(0 0 31 2 ? *)", "at(9999-12-31T23:59:59)",
    ];

    private static readonly Dictionary<string, string[]> s_documents = new(StringComparer.OrdinalIgnoreCase)
    {
        ["definition"] =
        [
            """{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"States.Format('{}{}', $.a, $..b[?(@.c == 1)])"},"Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.x","StringMatches":"*a*b*","Next":"C"},{"Not":{"Variable":"$.x","IsNull":true},"Next":"C"}],"Default":"C"},"C":{"Type":"Succeed"}}}""",
            """{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}}""",
            """{"StartAt":"S","States":{"S":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"QueueUrl":"http://localhost/000000000000/fuzz-1","MessageBody.$":"$"},"Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1}],"End":true}}}""",
        ],
        ["input"] = ["""{"a":"x","items":[1,2,{"b":[3]}],"b":{"c":1}}"""],
        ["TemplateBody"] =
        [
            """{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":{"Fn::Sub":"fuzz-${AWS::Region}"}}}},"Outputs":{"U":{"Value":{"Ref":"Q"}}}}""",
            "Parameters:\n  P: {Type: String, Default: a}\nConditions:\n  C: !Equals [!Ref P, a]\nResources:\n  T:\n    Type: AWS::SNS::Topic\n    Condition: C\n    Properties:\n      TopicName: !Join ['-', [fuzz, !Ref P]]\n",
        ],
        ["PolicyDocument"] = ["""{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"""],
        ["EventPattern"] = ["""{"source":["a",{"prefix":"b"},{"anything-but":["c"]}],"detail":{"n":[{"numeric":[">",1,"<=",5]}],"w":[{"wildcard":"a*b*"}],"$or":[{"x":[1]},{"y":[{"exists":false}]}]}}"""],
        ["FilterPolicy"] = ["""{"a":["b",{"numeric":["=",1]},{"anything-but":{"prefix":"x"}}],"$or":[{"c":[1]},{"d":[{"cidr":"10.0.0.0/8"}]}]}"""],
        ["DashboardBody"] = ["""{"widgets":[{"type":"metric","x":0,"y":0,"width":6,"height":6,"properties":{"metrics":[["AWS/SQS","NumberOfMessagesSent"]],"region":"us-east-1"}}]}"""],
        ["AlarmRule"] = ["ALARM(\"fuzz-1\") AND NOT (OK(fuzz-2) OR TRUE)"],
        ["Expression"] = ["m1 + FILL(m2, LINEAR) / 2", "IF(m1 > 1, SUM(METRICS()), RATE(m1))"],
        ["ConditionExpression"] = ["attribute_exists(a) AND (b = :v OR NOT contains(#n, :v))", "size(a) > :v AND a BETWEEN :v AND :w"],
        ["UpdateExpression"] = ["SET a = if_not_exists(a, :v) + :w, b.c[0] = :v REMOVE d ADD e :w", "SET #n = list_append(#n, :v)"],
        ["KeyConditionExpression"] = ["id = :v AND begins_with(sk, :w)"],
        ["ProjectionExpression"] = ["a, b.c[1], #n"],
        ["Statement"] = ["SELECT a, b.c FROM \"fuzz-1\" WHERE id = '1' AND (a > 1 OR b IN [1, 2])", "INSERT INTO \"fuzz-1\" VALUE {'id': '1', 'a': [<<1, 2>>, {'b': ?}]}", "UPDATE \"fuzz-1\" SET a = a + 1 WHERE id = '1'"],
        ["ScheduleExpression"] = ["rate(5 minutes)", "cron(0/15 8-17 ? * MON-FRI 2026-2199)", "at(2030-01-01T00:00:00)"],
        ["DetailType"] = ["fuzz"],
        ["Detail"] = ["""{"a":1,"b":{"c":["d"]}}"""],
        ["SecretString"] = ["""{"a":"b"}"""],
        ["InputTemplate"] = ["{\"a\": <$.b>, \"c\": \"<d>\"}"],
    };

    /// <summary>The members whose texts are documents, under all their names.</summary>
    public static string? DocumentFor(string member, PCG random)
    {
        var name = member switch
        {
            "FilterExpression" => "ConditionExpression",
            "Policy" or "AssumeRolePolicyDocument" or "ResourcePolicy" or "policy" or "StackPolicyBody" or "AttributeValue" => "PolicyDocument",
            "Pattern" => "EventPattern",
            _ => member,
        };
        return s_documents.TryGetValue(name, out var documents) ? documents[random.Next((uint)documents.Length)] : null;
    }

    public static string Text(PCG random) => random.Next(12) switch
    {
        0 => new string('a', (int)random.Next(300)),
        1 => new string('x', 100_000),
        2 => new string('(', 3000) + new string(')', 3000),
        3 => string.Concat(Enumerable.Repeat("$..a", 200)),
        4 => new string('*', 500) + "b",
        5 => string.Concat(Enumerable.Repeat("a.", 200)),
        _ => s_texts[random.Next((uint)s_texts.Length)],
    };

    /// <summary>A document with a piece left out, doubled, or replaced.</summary>
    public static string Mutated(string document, PCG random)
    {
        var start = (int)random.Next((uint)document.Length);
        var length = (int)Math.Min(random.Next(20), document.Length - start);
        return random.Next(6) switch
        {
            0 => document.Remove(start, length),
            1 => document.Insert(start, document.Substring(start, length)),
            2 => document[..start] + Text(random) + document[(start + length)..],
            3 => document[..start],
            _ => document,
        };
    }

    public static JsonNode Number(PCG random) => random.Next(14) switch
    {
        0 => 0,
        1 => -1,
        2 => int.MaxValue,
        3 => int.MinValue,
        4 => long.MaxValue,
        5 => long.MinValue,
        6 => ulong.MaxValue,
        7 => 1e308,
        8 => 0.5,
        9 => 1e18,
        10 => Raw[random.Next(2) == 0 ? 4u : 5u].Mark,
        _ => random.Next(1000),
    };

    /// <summary>A value of a type that the member hardly has.</summary>
    public static JsonNode? Anything(PCG random) => random.Next(9) switch
    {
        0 => null,
        1 => true,
        2 => new JsonArray(),
        3 => new JsonObject(),
        4 => new JsonArray(null, 1, "a"),
        5 => new JsonObject { ["a"] = new JsonObject { ["b"] = null } },
        6 => Raw[random.Next((uint)Raw.Length)].Mark,
        7 => Number(random),
        _ => Text(random),
    };
}
