using System.Net;
using System.Text;
using MetricsGrains.Server.Api;
using MetricsGrains.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Tests.Api;

/// <summary>Who may see the host's own pages, asked over a real socket.</summary>
public sealed class AdminPagesTests : IAsyncLifetime
{
    private const string Password = "zwölf Zeichen";

    private readonly HttpClient _http = new();
    private WebApplication? _app;

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.UseAdminPages(new Pages(), Password);
        _app.Run(context => context.Response.WriteAsync("open to all"));
        await _app.StartAsync();
        _http.BaseAddress = new Uri(_app.Urls.Single());
    }

    [Fact]
    public async Task Get_AsAdmin_IsAnswered()
    {
        (HttpStatusCode status, string body) = await GetAsync("/host/a?b", Basic($"admin:{Password}"));
        Assert.Equal((HttpStatusCode.OK, "/host /a"), (status, body));
    }

    public static TheoryData<string?> NotAdmin =>
    [
        null, "Basic", "Basic ", "Basic !!!", Basic("admin:"), Basic("admin:zwolf Zeichen"), Basic($"Admin:{Password}"), Basic($"root:{Password}"), Basic($"admin:{Password}x"), Basic(Password), Basic(new string('a', 5_000)),
        "Bearer " + Basic($"admin:{Password}")["Basic ".Length..],
    ];

    [Theory]
    [MemberData(nameof(NotAdmin))]
    public async Task Get_AsAnybodyElse_IsAskedForThePassword(string? authorization)
    {
        using HttpResponseMessage answer = await SendAsync("/host/a", authorization);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Basic", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Contains("Cluster:AdminPassword", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_AnythingElse_NeedsNoPassword() => Assert.Equal((HttpStatusCode.OK, "open to all"), await GetAsync("/hostess", null));

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _app!.DisposeAsync();
    }

    private static string Basic(string text) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path, string? authorization)
    {
        using HttpResponseMessage answer = await SendAsync(path, authorization);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }
        return await _http.SendAsync(request);
    }

    private sealed class Pages : IHostPages
    {
        public PathString Path => "/host";

        public Task AnswerAsync(HttpContext context) => context.Response.WriteAsync($"{context.Request.PathBase} {context.Request.Path}");
    }
}
