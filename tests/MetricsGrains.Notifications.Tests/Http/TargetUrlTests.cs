using MetricsGrains.Notifications.Http;

namespace MetricsGrains.Notifications.Tests.Http;

public sealed class TargetUrlTests
{
    [Theory]
    [InlineData("https://example.com/hook?x=1")]
    [InlineData("http://example.com:8080/")]
    [InlineData("https://1.1.1.1/")]
    [InlineData("https://[2606:4700:4700::1111]/")]
    [InlineData("https://bücher.example/")]
    public void TryParse_PublicUrl_IsTaken(string url) => Assert.True(TargetUrl.TryParse(url, allowPrivate: false, out _, out _));

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://localhost/")]
    [InlineData("http://LOCALHOST./")]
    [InlineData("http://metrics.localhost/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:10.0.0.1]/")]
    [InlineData("http://[fe80::1%25eth0]/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://127.1/")]
    [InlineData("http://127。0。0。1/")]
    [InlineData("http://10.0.0.1:9093/")]
    public void TryParse_PrivateAddress_IsRefusedUnlessAllowed(string url)
    {
        Assert.False(TargetUrl.TryParse(url, allowPrivate: false, out _, out string problem));
        Assert.Contains("private address", problem, StringComparison.Ordinal);
        Assert.True(TargetUrl.TryParse(url, allowPrivate: true, out _, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("example.com/hook")]
    [InlineData("/hook")]
    [InlineData("ftp://example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.com/")]
    [InlineData("https://user:secret@example.com/")]
    [InlineData("https://user@example.com/")]
    [InlineData("https://exa mple.com/")]
    [InlineData("https://example.com/\r\nX: 1")]
    [InlineData("https:///hook")]
    public void TryParse_NoTarget_IsRefusedEvenWhenPrivateIsAllowed(string url)
    {
        Assert.False(TargetUrl.TryParse(url, allowPrivate: true, out _, out string problem));
        Assert.NotEmpty(problem);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }
}
