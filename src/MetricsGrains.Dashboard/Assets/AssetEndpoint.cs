using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MetricsGrains.Dashboard.Assets;

internal static class AssetEndpoint
{
    public static async Task ServeAsync(HttpContext context, string version, string path)
    {
        if (AssetCatalog.Find(path) is not { } asset)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        // A page of an older build may still ask: it gets what there is, but must not keep it under that address.
        context.Response.Headers.CacheControl = version == AssetCatalog.Version ? "public, max-age=31536000, immutable" : "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.ContentType = asset.ContentType;
        byte[] body = asset.Bytes;
        if (asset.Brotli is not null)
        {
            context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
            if (context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal))
            {
                context.Response.Headers.ContentEncoding = "br";
                body = asset.Brotli;
            }
        }
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
