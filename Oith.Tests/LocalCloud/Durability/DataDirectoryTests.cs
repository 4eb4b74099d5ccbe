using System.Globalization;
using System.Net;
using System.Runtime.Versioning;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.Durability;
using Oith.Stack.SingleProcess;
using Oith.Tests.Fixtures;
using Oith.Tests.LocalCloud.SQS;

namespace Oith.Tests.LocalCloud.Durability;

public sealed class DataDirectoryTests : IDisposable
{
    private const string Nobody = "65534";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("oith-data-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Second_Process_On_A_Directory_Is_Refused_And_Told_The_Holder_Until_That_Is_Killed()
    {
        using var first = await LocalCloudProcess.StartHealthyAsync(_directory.FullName, Token);
        using (var second = LocalCloudProcess.Start(_directory.FullName))
        {
            Assert.Equal(1, await second.ExitAsync(Token));
            AssertMessage(second.Output, _directory.FullName, $"in use by process {first.Id} on {Environment.MachineName}, started ");
        }

        first.Kill();
        using var third = await LocalCloudProcess.StartHealthyAsync(_directory.FullName, Token);
        using var fourth = LocalCloudProcess.Start(_directory.FullName);
        Assert.Equal(1, await fourth.ExitAsync(Token));
        AssertMessage(fourth.Output, $"process {third.Id} ");
    }

    [Fact]
    public async Task Failed_Start_Frees_The_Directory()
    {
        var options = new LocalCloudOptions { Port = 0, RedisPort = 0, DataDirectory = _directory.FullName };
        var journal = _directory.CreateSubdirectory("s3.journal");
        var refused = await Assert.ThrowsAsync<DataDirectoryException>(() => LocalCloudFixture.StartAsync(options));
        Assert.Contains("s3.journal", refused.Message);

        journal.Delete();
        await using var app = await LocalCloudFixture.StartAsync(options);
        await app.StopAsync(Token);
    }

    [Fact]
    public async Task File_In_Its_Place_Is_Named()
    {
        var path = Path.Combine(_directory.FullName, "data");
        await File.WriteAllTextAsync(path, "a file", Token);
        using var process = LocalCloudProcess.Start(path);

        Assert.Equal(1, await process.ExitAsync(Token));
        AssertMessage(process.Output, path, "a file is in its place");
    }

    [Fact]
    public async Task Directory_That_The_User_May_Not_Write_Is_Named()
    {
        var wrapper = AsNobody();
        using var process = LocalCloudProcess.Start(_directory.FullName, wrapper);

        Assert.Equal(1, await process.ExitAsync(Token));
        AssertMessage(process.Output, _directory.FullName, "denied");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Journal_That_The_User_May_Not_Read_Is_Named()
    {
        var wrapper = AsNobody();
        var data = _directory.CreateSubdirectory("data");
        File.SetUnixFileMode(_directory.FullName, (UnixFileMode)0b111_111_111);
        File.SetUnixFileMode(data.FullName, (UnixFileMode)0b111_111_111);
        var journal = Path.Combine(data.FullName, "sqs.journal");
        await File.WriteAllTextAsync(journal, "", Token);
        File.SetUnixFileMode(journal, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var process = LocalCloudProcess.Start(data.FullName, wrapper);

        Assert.Equal(1, await process.ExitAsync(Token));
        AssertMessage(process.Output, journal, "denied");
    }

    [Fact]
    public async Task Read_Only_Directory_Is_Named()
    {
        using var process = LocalCloudProcess.Start(
            _directory.FullName, OnSmallDisk("mount -o remount,ro \"$0\""));

        Assert.Equal(1, await process.ExitAsync(Token));
        AssertMessage(process.Output, _directory.FullName, "Read-only file system");
    }

    [Fact]
    public async Task Full_Disk_At_The_First_Start_Is_Named()
    {
        using var process = LocalCloudProcess.Start(_directory.FullName, OnSmallDisk("cat /dev/zero > \"$0/filler\"", inodes: 2));

        Assert.Equal(1, await process.ExitAsync(Token));
        AssertMessage(process.Output, _directory.FullName, "No space left on device");
    }

    [Fact]
    public async Task Start_Needs_No_Free_Space_And_Keeps_All()
    {
        var source = _directory.CreateSubdirectory("source").FullName;
        string queue;
        using (var cloud = new SQSCloud(source, Now()))
        {
            queue = await cloud.CreateQueueAsync("kept");
            for (var number = 0; number < 50; number++)
            {
                await cloud.SendAsync(queue, new string('x', 1000));
            }
        }

        var mount = _directory.CreateSubdirectory("mount").FullName;
        using var process = await LocalCloudProcess.StartHealthyAsync(
            mount, Token, OnSmallDisk($"cp {source}/* \"$0\"; cat /dev/zero > \"$0/filler\" || true"));
        using var client = Client(process);

        var attributes = await client.GetQueueAttributesAsync((await client.GetQueueUrlAsync("kept", Token)).QueueUrl, ["All"], Token);
        Assert.Equal(50, attributes.ApproximateNumberOfMessages);
        Assert.Contains("cannot be compacted", process.Output);
    }

    [Fact]
    public async Task Full_Disk_Refuses_Calls_Loses_Nothing_And_Is_Recovered_From()
    {
        using var process = await LocalCloudProcess.StartHealthyAsync(_directory.FullName, Token, OnSmallDisk("head -c 300000 /dev/zero > \"$0/filler\""));
        var seenFromHere = $"/proc/{process.Id}/root{_directory.FullName}";
        Assert.SkipUnless(File.Exists(Path.Combine(seenFromHere, "filler")), "the process's mounts cannot be seen through /proc.");
        using var client = Client(process);
        var queue = (await client.CreateQueueAsync("kept", Token)).QueueUrl;
        using var http = new HttpClient { BaseAddress = process.Endpoint };
        Assert.Equal(HttpStatusCode.OK, await PutObjectAsync(http, "/bucket"));
        var acknowledged = new HashSet<string>(StringComparer.Ordinal);
        var refused = await Assert.ThrowsAnyAsync<AmazonServiceException>(async () =>
        {
            for (var number = 0; number < 10_000; number++)
            {
                var body = number.ToString(CultureInfo.InvariantCulture) + new string('x', 5000);
                await client.SendMessageAsync(queue, body, Token);
                acknowledged.Add(body);
            }
        });
        Assert.Equal("ServiceUnavailable", refused.ErrorCode);
        Assert.Contains("sqs.journal", refused.Message);
        Assert.NotEmpty(acknowledged);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PutObjectAsync(http, "/bucket/object"));
        Assert.Empty(Directory.GetFiles(Path.Combine(seenFromHere, "s3")));

        // With space again, calls succeed.
        File.Delete(Path.Combine(seenFromHere, "filler"));
        var after = "after" + new string('x', 5000);
        await client.SendMessageAsync(queue, after, Token);
        acknowledged.Add(after);
        Assert.Equal(HttpStatusCode.OK, await PutObjectAsync(http, "/bucket/object"));

        // What another start would read, while the process is still there.
        var copy = _directory.CreateSubdirectory("copy").FullName;
        foreach (var file in Directory.GetFiles(seenFromHere, "*.journal"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        var received = new HashSet<string>(StringComparer.Ordinal);
        while (await client.ReceiveMessageAsync(new ReceiveMessageRequest(queue) { MaxNumberOfMessages = 10 }, Token) is { Messages.Count: > 0 } answer)
        {
            received.UnionWith(answer.Messages.Select(message => message.Body));
        }

        Assert.Equal(acknowledged.Order(StringComparer.Ordinal), received.Order(StringComparer.Ordinal));
        using var restarted = new SQSCloud(copy, Now());
        var (visible, _, _) = await restarted.CountAsync(queue);
        Assert.Equal(acknowledged.Count, visible);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Missing_Or_Cut_Body_Of_An_Object_Is_Refused_Until_Repair_Forgets_The_Object(bool isCut)
    {
        var options = new LocalCloudOptions { Port = 0, RedisPort = 0, DataDirectory = _directory.FullName };
        await using (var app = await LocalCloudFixture.StartAsync(options))
        {
            using var http = new HttpClient { BaseAddress = LocalCloudFixture.EndpointOf(app) };
            await PutObjectAsync(http, "/bucket");
            await PutObjectAsync(http, "/bucket/kept");
            await PutObjectAsync(http, "/bucket/damaged");
            await app.StopAsync(Token);
        }

        var body = Directory.GetFiles(Path.Combine(_directory.FullName, "s3")).OrderBy(File.GetLastWriteTimeUtc).Last();
        await using (var stream = new FileStream(body, FileMode.Open))
        {
            stream.SetLength(3);
        }

        if (!isCut)
        {
            File.Delete(body);
        }

        var refused = await Assert.ThrowsAsync<DataDirectoryException>(() => LocalCloudFixture.StartAsync(options));
        Assert.Contains(body, refused.Message);
        options.Repair = true;
        await using var repaired = await LocalCloudFixture.StartAsync(options);
        using var client = new HttpClient { BaseAddress = LocalCloudFixture.EndpointOf(repaired) };
        using var listing = Signed(HttpMethod.Get, "/bucket");
        using var list = await client.SendAsync(listing, Token);
        Assert.Equal(1, (await list.Content.ReadAsStringAsync(Token)).Split("<Contents>").Length - 1);
        Assert.Equal(isCut, File.Exists(body));
        await repaired.StopAsync(Token);
    }

    [Fact]
    public async Task Single_Process_Ends_With_A_Message_Instead_Of_A_Stack_Trace()
    {
        using var journals = new JournalFactory(
            new LocalCloudOptions { DataDirectory = _directory.FullName }, TimeProvider.System, NullLogger<JournalFactory>.Instance);

        var code = await SingleProcessCommand.RunAsync(
            ["--data", _directory.FullName, "--port", "0", "--redis-port", "0", "--service-port", "0", "--users", "0"]);

        Assert.Equal(1, code);
    }

    [Fact]
    public async Task Damaged_Journal_Refuses_The_Process_And_Repair_Starts_It()
    {
        string queue;
        using (var cloud = new SQSCloud(_directory.FullName, Now()))
        {
            queue = await cloud.CreateQueueAsync("kept");
            await cloud.SendAsync(queue, "first");
            await cloud.SendAsync(queue, "second");
        }

        var journal = Path.Combine(_directory.FullName, "sqs.journal");
        var bytes = await File.ReadAllBytesAsync(journal, Token);
        bytes[bytes.AsSpan().IndexOf("first"u8)] ^= 1;
        await File.WriteAllBytesAsync(journal, bytes, Token);
        using (var refused = LocalCloudProcess.Start(_directory.FullName))
        {
            Assert.Equal(1, await refused.ExitAsync(Token));
            AssertMessage(refused.Output, journal, "is damaged at offset ", "--repair");
        }

        using var repaired = await LocalCloudProcess.StartHealthyAsync(_directory.FullName, Token, null, "--repair");
        using var client = Client(repaired);
        var message = Assert.Single((await client.ReceiveMessageAsync((await client.GetQueueUrlAsync("kept", Token)).QueueUrl, Token)).Messages);
        Assert.Equal("second", message.Body);
        Assert.Contains("2 records are kept, 1 are lost", repaired.Output);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(_directory.FullName, "sqs.journal.damaged-*")), Token));
    }

    private static void AssertMessage(string output, params string[] parts)
    {
        foreach (var part in parts)
        {
            Assert.Contains(part, output);
        }

        Assert.DoesNotContain("   at ", output);
        Assert.DoesNotContain("Unhandled exception", output);
    }

    private static string[] AsNobody()
    {
        Assert.SkipUnless(Environment.UserName == "root" && ExternalTool.Find("setpriv") is not null, "setpriv and root are needed to become another user.");
        return ["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "env", "HOME=/tmp", "DOTNET_CLI_HOME=/tmp"];
    }

    /// <summary>Runs LocalCloud where its data directory is a file system of one megabyte of its own.</summary>
    /// <param name="script">What is done there first; $0 is the directory.</param>
    private string[] OnSmallDisk(string script, int inodes = 1000)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && ExternalTool.Find("unshare") is not null, "unshare is needed for a small file system.");
        var directory = _directory.GetDirectories("mount").FirstOrDefault()?.FullName ?? _directory.FullName;
        var mount = $"mount -t tmpfs -o size=1m,nr_inodes={inodes} tmpfs \"$0\"";
        using var trial = System.Diagnostics.Process.Start("unshare", ["-rm", "bash", "-c", mount, directory]);
        trial.WaitForExit();
        Assert.SkipUnless(trial.ExitCode == 0, "this user may not mount a tmpfs in a namespace of its own.");
        return ["unshare", "-rm", "bash", "-c", $"{mount} && {{ {script}; }} 2>/dev/null; exec \"$@\"", directory];
    }

    private static async Task<HttpStatusCode> PutObjectAsync(HttpClient http, string path)
    {
        using var request = Signed(HttpMethod.Put, path);
        request.Content = path.IndexOf('/', 1) < 0 ? null : new ByteArrayContent(new byte[100_000]);
        using var answer = await http.SendAsync(request, Token);
        return answer.StatusCode;
    }

    private static HttpRequestMessage Signed(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation(
            "Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0");
        return request;
    }

    /// <summary>A clock that agrees with the processes' on what has expired.</summary>
    private static FakeTimeProvider Now() => new(TimeProvider.System.GetUtcNow());

    private static AmazonSQSClient Client(LocalCloudProcess process) => new(
        new BasicAWSCredentials("x", "x"), new AmazonSQSConfig { ServiceURL = process.Endpoint.ToString(), MaxErrorRetry = 0 });
}
