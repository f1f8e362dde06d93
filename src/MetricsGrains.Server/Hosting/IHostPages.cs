using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Hosting;

/// <summary>Pages that what hosts the grains brings with it, for administrators.</summary>
public interface IHostPages
{
    /// <summary>Under which path, from the root: "/orleans".</summary>
    PathString Path { get; }

    /// <summary>Answers a request whose path base ends with <see cref="Path"/>; whoever asks has been let in.</summary>
    Task AnswerAsync(HttpContext context);
}
