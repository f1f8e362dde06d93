using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Tests.Email;

public sealed class EmailCheckTests
{
    [Theory]
    [InlineData("ops@example.com")]
    [InlineData("Ops <ops@example.com>; dev@example.com,")]
    [InlineData("\"Doe, Jane\" <jane@example.com>")]
    public void Check_GoodChannel_HasNoProblem(string to) => Assert.Empty(Check(EmailChannels.Of(587, "starttls", "user", "password", to)));

    [Theory]
    [InlineData("ops")]
    [InlineData("ops@example.com, nobody")]
    [InlineData("ops@example.com\r\nRCPT TO:<evil@example.com>")]
    [InlineData("a b@example.com")]
    public void Check_BadRecipient_IsAProblem(string to) => Assert.Equal("to", Assert.Single(Check(EmailChannels.Of(587, "starttls", to: to))).Field);

    [Fact]
    public void Check_TooManyRecipients_IsAProblem() =>
        Assert.Equal("to", Assert.Single(Check(EmailChannels.Of(587, "starttls", to: string.Join(',', Enumerable.Range(0, 51).Select(i => $"a{i}@example.com"))))).Field);

    [Theory]
    [InlineData("smtp example.com")]
    [InlineData("smtp.example.com:587")]
    [InlineData("http://smtp.example.com")]
    public void Check_BadHost_IsAProblem(string host) => Assert.Equal("smtp_host", Assert.Single(Check(EmailChannels.Of(587, "starttls", host: host))).Field);

    [Theory]
    [InlineData("ssl")]
    [InlineData("1")]
    public void Check_UnknownSecurity_IsAProblem(string security) => Assert.Equal("security", Assert.Single(Check(EmailChannels.Of(587, security))).Field);

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    [InlineData(-1)]
    public void Check_BadPort_IsAProblem(int port) => Assert.Equal("smtp_port", Assert.Single(Check(EmailChannels.Of(port, "none"))).Field);

    [Fact]
    public void Check_PasswordWithoutEncryption_Warns()
    {
        FieldProblem problem = Assert.Single(Check(EmailChannels.Of(25, "none", "user", "password")));
        Assert.Equal("security", problem.Field);
        Assert.True(problem.Warning);
    }

    [Fact]
    public void Check_StartTlsOnTheTlsPort_Warns() => Assert.True(Assert.Single(Check(EmailChannels.Of(465, "starttls"))).Warning);

    [Fact]
    public void Check_UserWithoutPassword_IsAProblem() => Assert.Equal("password", Assert.Single(Check(EmailChannels.Of(587, "starttls", "user"))).Field);

    [Fact]
    public void Check_BadSender_IsAProblem() => Assert.Equal("from", Assert.Single(Check(EmailChannels.Of(587, "starttls", from: "alerts\n@example.com"))).Field);

    private static IReadOnlyList<FieldProblem> Check(Channel channel) => EmailChannels.Strict().Check(channel);
}
