#if ORLEANSDASHBOARD
using System.Diagnostics;
using MetricsGrains.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Orleans.Dashboard;

namespace MetricsGrains.Silo;

/// <summary>Orleans' own dashboard, on the port of ours. The silo has services of its own, so its pages' requests are given those.</summary>
internal sealed class OrleansPages : IHostPages
{
    private readonly IServiceProvider _silo;
    private readonly RequestDelegate _pages;

    /// <param name="silo">What runs in the silo, with <see cref="AddTo"/>.</param>
    public OrleansPages(IServiceProvider silo)
    {
        _silo = silo;
        var app = new ApplicationBuilder(silo);
        app.UseRouting();
        app.UseEndpoints(endpoints => endpoints.MapOrleansDashboard());
        _pages = app.Build();
    }

    public PathString Path => OrleansDashboard.Path;

    /// <summary>Each silo then measures all calls to grains while somebody looks, and tells one of them each second how it is.</summary>
    public static void AddTo(ISiloBuilder silo)
    {
        silo.AddDashboard(o => o.HideTrace = true);
        silo.Services.AddRouting();
        silo.Services.AddSingleton(_ => new DiagnosticListener(nameof(OrleansPages)));
        silo.Services.AddSingleton<DiagnosticSource>(s => s.GetRequiredService<DiagnosticListener>());
    }

    public async Task AnswerAsync(HttpContext context)
    {
        // The pages name their parts relative to their own folder.
        if (!context.Request.Path.HasValue)
        {
            context.Response.Redirect($"{context.Request.PathBase}/");
            return;
        }
        IServiceProvider node = context.RequestServices;
        await using AsyncServiceScope scope = _silo.CreateAsyncScope();
        context.RequestServices = scope.ServiceProvider;
        try
        {
            await _pages(context);
        }
        finally
        {
            context.RequestServices = node;
        }
    }
}
#endif
