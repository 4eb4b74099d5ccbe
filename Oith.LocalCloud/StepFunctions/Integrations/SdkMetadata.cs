using System.Globalization;
using System.Text;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>What AWS's Java SDK notes of an HTTP answer, which optimized integrations show beside the answer.</summary>
internal static class SdkMetadata
{
    public static AslValue AddTo(AslValue answer, string contentType)
    {
        var requestId = AslValue.Of(Guid.NewGuid().ToString());
        var length = AslValue.Of(Encoding.UTF8.GetByteCount(answer.ToJson()).ToString(CultureInfo.InvariantCulture));
        var type = AslValue.Of(contentType);
        var http = AslValue.Object(
            ("AllHttpHeaders", AslValue.Object(
                ("x-amzn-RequestId", AslValue.Array(requestId)),
                ("Content-Length", AslValue.Array(length)),
                ("Content-Type", AslValue.Array(type)))),
            ("HttpHeaders", AslValue.Object(("Content-Length", length), ("Content-Type", type), ("x-amzn-RequestId", requestId))),
            ("HttpStatusCode", AslValue.Of(200)));
        return answer.With("SdkHttpMetadata", http).With("SdkResponseMetadata", AslValue.Object(("RequestId", requestId)));
    }
}
