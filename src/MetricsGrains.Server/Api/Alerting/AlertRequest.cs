using System.Buffers;
using System.Text.Json;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Server.Ingest;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>A request to the alerting API, and who makes it.</summary>
internal sealed class AlertRequest(HttpContext context, AlertingServices services)
{
    /// <summary>A rule is a kilobyte; this leaves room for a long message template.</summary>
    private const int MaxBodyBytes = 1_048_576;

    private const int MaxByLength = 200;

    /// <summary>Who does it, where the body does not say.</summary>
    private const string ByHeader = "X-MetricsGrains-By";

    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 32, AllowDuplicateProperties = false, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    public AlertingServices Services => services;

    public HttpRequest Http => context.Request;

    public CancellationToken Cancel => context.RequestAborted;

    public QueryParameters Parameters { get; } = new(context.Request, services.Time);

    public long NowMs => Parameters.NowMs;

    /// <summary>The id in the path.</summary>
    public Guid Id => PathId("id");

    public Guid PathId(string name) => Guid.Parse((string)context.Request.RouteValues[name]!);

    /// <summary>The body as an object's fields; an absent body as an empty object.</summary>
    public async Task<JsonElement> BodyAsync()
    {
        byte[] bytes = await BytesAsync(MaxBodyBytes);
        if (bytes.Length == 0)
        {
            return JsonFields.Empty;
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, s_json);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw ApiProblemException.OfField("body", $"is not JSON: {error.Message}");
        }
    }

    public async Task<byte[]> BytesAsync(int limitBytes)
    {
        (BodyStatus status, byte[] body, int length) = await BodyReader.ReadAsync(Http, limitBytes, Cancel);
        try
        {
            return status switch
            {
                BodyStatus.Ok => body.AsSpan(0, length).ToArray(),
                BodyStatus.TooLarge => throw new ApiProblemException(StatusCodes.Status413PayloadTooLarge, $"the body is larger than {limitBytes} bytes"),
                BodyStatus.UnknownEncoding => throw new ApiProblemException(StatusCodes.Status415UnsupportedMediaType, $"Content-Encoding '{Http.Headers.ContentEncoding}' is not known; use gzip, deflate, br or none"),
                _ => throw ApiProblemException.OfField("body", $"can't be decompressed as {Http.Headers.ContentEncoding}, or breaks off"),
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    /// <summary>Who makes the request, by their own word (nobody logs in yet): the member <c>by</c>, the parameter <c>by</c>, the header, or "api".</summary>
    public string By(JsonFields? fields = null)
    {
        string by = fields?.Text("by", "") is { Length: > 0 } member ? member : Parameters.Text("by") is { Length: > 0 } parameter ? parameter : Http.Headers[ByHeader].ToString();
        by = by.Trim();
        if (by.Length > MaxByLength || by.Any(char.IsControl))
        {
            throw ApiProblemException.OfField("by", $"must be a name of at most {MaxByLength} characters, without line breaks");
        }
        return by.Length > 0 ? by : "api";
    }

    /// <summary>Throws when there is a problem among them that is no warning.</summary>
    /// <returns>The warnings.</returns>
    /// <exception cref="ApiProblemException">400.</exception>
    public static IReadOnlyList<FieldProblem> Refuse(IReadOnlyList<FieldProblem> problems) =>
        problems.Any(p => !p.Warning) ? throw new ApiProblemException(StatusCodes.Status400BadRequest, "", [.. problems.Where(p => !p.Warning)]) : problems;
}
