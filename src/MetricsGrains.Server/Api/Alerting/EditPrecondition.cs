using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Which version an edit was made for: If-Match with the ETag that was read, or the member <c>version</c> of what was read.</summary>
internal sealed class EditPrecondition
{
    private readonly HashSet<int>? _versions;

    private EditPrecondition(HashSet<int>? versions) => _versions = versions;

    /// <summary>"\"3\"".</summary>
    public static string TagOf(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <param name="bodyVersion">Null: the body has none.</param>
    /// <returns>Null: the request says nothing of versions.</returns>
    public static EditPrecondition? Of(HttpRequest request, int? bodyVersion)
    {
        if (request.Headers.IfMatch.Count == 0)
        {
            return bodyVersion is { } version ? new EditPrecondition([version]) : null;
        }
        var versions = new HashSet<int>();
        foreach (string part in request.Headers.IfMatch.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part == "*")
            {
                return new EditPrecondition(null);
            }
            // Proxies that compress make a tag weak; it is the same version all the same.
            string tag = part.StartsWith("W/", StringComparison.Ordinal) ? part[2..] : part;
            if (int.TryParse(tag.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out int version))
            {
                versions.Add(version);
            }
        }
        return new EditPrecondition(versions);
    }

    /// <summary>Reads it from the headers or the body, and checks it.</summary>
    /// <param name="required">Whether an edit that does not say is refused.</param>
    /// <exception cref="ApiProblemException">412: it was made for another; 428: it does not say.</exception>
    public static void Check(HttpRequest request, JsonFields fields, int storedVersion, bool required)
    {
        EditPrecondition? precondition = Of(request, fields.Has("version") ? fields.Whole("version", 0) : null);
        if (precondition is null && required)
        {
            throw Missing(storedVersion);
        }
        precondition?.Check(storedVersion);
    }

    /// <exception cref="ApiProblemException">412: it was made for another.</exception>
    public void Check(int storedVersion)
    {
        if (_versions is not null && !_versions.Contains(storedVersion))
        {
            throw Conflict(storedVersion);
        }
    }

    public static ApiProblemException Conflict(int? storedVersion) => new(StatusCodes.Status412PreconditionFailed,
        $"somebody else edited it meanwhile{(storedVersion is { } v ? string.Create(CultureInfo.InvariantCulture, $": it is at version {v} now") : "")}. Read it again, and repeat the edit on what you read")
    {
        CurrentVersion = storedVersion,
    };

    private static ApiProblemException Missing(int storedVersion) => new(StatusCodes.Status428PreconditionRequired,
        $"say which version you edit, so that nobody's edit is lost: {HeaderNames.IfMatch}: {TagOf(storedVersion)} (the {HeaderNames.ETag} of what you read), or its version in the body; {HeaderNames.IfMatch}: * for whichever it is")
    {
        CurrentVersion = storedVersion,
    };
}
