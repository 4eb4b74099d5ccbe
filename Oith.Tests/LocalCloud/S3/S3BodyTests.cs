using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud.S3;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.S3;

/// <summary>The files of bodies, while others replace or end what they belong to.</summary>
public sealed class S3BodyTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private const int Rounds = 200;

    private readonly HttpClient _http = new() { BaseAddress = cloud.Endpoint };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Object_That_Is_Overwritten_Meanwhile_Is_Copied_And_Read_In_One_Version()
    {
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Put, "/replaced", "")).Status);
        await SendAsync(HttpMethod.Put, "/replaced/source", Version(0));
        var writing = Task.Run(
            async () =>
            {
                for (var round = 1; round <= Rounds; round++)
                {
                    Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Put, "/replaced/source", Version(round))).Status);
                }
            },
            Token);

        for (var round = 0; round < Rounds; round++)
        {
            var copied = await SendAsync(HttpMethod.Put, "/replaced/copy", "", "/replaced/source");
            Assert.True(copied.Status == HttpStatusCode.OK, copied.Body);
            foreach (var key in (string[])["source", "copy"])
            {
                var read = await SendAsync(HttpMethod.Get, $"/replaced/{key}");
                Assert.Equal(HttpStatusCode.OK, read.Status);
                Assert.Single(read.Body.Distinct());
                Assert.Equal(Version(0).Length, read.Body.Length);
            }
        }

        await writing;

        static string Version(int round) => new((char)('a' + round % 26), 100_000);
    }

    [Fact]
    public async Task Part_That_Comes_When_The_Upload_Has_Ended_Leaves_No_File()
    {
        await SendAsync(HttpMethod.Put, "/ended", "");
        var (uploads, bodies) = (cloud.Services.GetRequiredService<MultipartUploads>(), cloud.Services.GetRequiredService<S3Bodies>());
        var id = uploads.Start("ended", "key", [], [], checksum: null);
        await using var writer = bodies.Create(checksumAlgorithm: null);
        await writer.WriteAsync("part"u8.ToArray(), Token);
        var body = await writer.CompleteAsync(Token);

        uploads.Abort(id, "ended", "key");
        var error = Assert.Throws<AwsServiceException>(() => uploads.AddPart(id, "ended", "key", 1, new UploadedPart(body, Checksum: null)));

        Assert.Equal("NoSuchUpload", error.Code);
        Assert.Null(bodies.LengthOf(body.File));
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path, string? body = null, string? copySource = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body) };
        request.Headers.TryAddWithoutValidation(
            "Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0");
        if (copySource is not null)
        {
            request.Headers.Add("x-amz-copy-source", copySource);
        }

        using var response = await _http.SendAsync(request, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }
}
