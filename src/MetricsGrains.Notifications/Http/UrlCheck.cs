using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Http;

/// <summary>Says of a setting that is a URL what is wrong with it.</summary>
internal static class UrlCheck
{
    /// <param name="url">Null when it can't be used.</param>
    public static void Add(string field, string text, bool allowPrivate, List<FieldProblem> problems, out Uri? url)
    {
        if (!TargetUrl.TryParse(text, allowPrivate, out url, out string problem))
        {
            problems.Add(new FieldProblem(field, problem));
        }
        else if (url.Scheme == Uri.UriSchemeHttp)
        {
            problems.Add(new FieldProblem(field, "is not encrypted; everybody on the way can read it. Use https://", Warning: true));
        }
    }
}
