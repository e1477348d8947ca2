"""The result goes where the server wants it, and once, also where a thread was deleted meanwhile."""

from sandbox.discord.asks import RecordedRequest
from sandbox.discord.channels import Channel, GuildChannel
from sandbox.discord.messages import Message
from sandbox.kie.outcomes import Outcome
from tests.acceptance.moderation import ADMIN, a_moderator, private, told
from tests.acceptance.scene import RETRY, Job, Scene

FORBIDDEN, NOT_FOUND = 403, 404
WAIT_SECONDS = 40.0


def result_in(channel: Channel) -> list[Message]:
    return [message for message in channel.by_id.values() if "Your character ID" in message.text]


async def with_results_channel(scene: Scene) -> GuildChannel:
    scene.house.expected_refusals |= {FORBIDDEN, NOT_FOUND}
    channel = scene.guild.add_text_channel("results")
    await told(a_moderator(scene), scene.channel, "set", setting="results_channel", value=f"<#{channel.id}>")
    return channel


async def job_without_thread(scene: Scene) -> tuple[Job, str]:
    """A job that the provider works on, whose thread is gone for good; and its task."""
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    task = await job.polled()
    (await job.thread()).delete()
    scene.channel.deny_bot("CREATE_PUBLIC_THREADS")
    return job, task.task_id


async def test_the_result_of_a_deleted_thread_is_told_once_in_the_results_channel_over_a_restart(
    scene: Scene,
) -> None:
    results = await with_results_channel(scene)
    _, task_id = await job_without_thread(scene)
    posted: list[RecordedRequest] = []

    async def kill(request: RecordedRequest) -> None:
        if not posted:
            posted.append(request)
            await scene.house.bot.kill()

    scene.house.discord.faults.on_request("POST", f"/channels/{results.id}/messages", kill, when="after")
    scene.house.kie.finish(task_id)
    await scene.house.discord.until(lambda: posted or None, WAIT_SECONDS)
    await scene.house.bot.wait()
    await scene.house.discord.bot_gone()
    scene.house.memory.let_time_pass()

    await scene.house.bot.start()

    untold = "SELECT * FROM announcements WHERE state = 'pending'"
    await scene.house.memory.until(lambda: not scene.house.memory.rows(untold), "all should be told")
    assert len(result_in(results)) == 1
    assert scene.pings() == result_in(results)


async def test_without_the_results_channel_the_card_is_answered(scene: Scene) -> None:
    results = await with_results_channel(scene)
    job, task_id = await job_without_thread(scene)
    results.deny_bot("SEND_MESSAGES")

    scene.house.kie.finish(task_id)

    answer = await scene.channel.wait_for_message(
        lambda message: "Your character ID" in message.text, WAIT_SECONDS
    )
    assert answer.replied_to is job.card
    assert result_in(results) == []
    found = await told(a_moderator(scene), scene.channel, "diagnose")
    assert f"❌ I cannot write into the `results_channel` <#{results.id}>" in found


async def test_in_a_forum_the_result_is_a_post_over_a_restart(scene: Scene) -> None:
    scene.house.expected_refusals |= {FORBIDDEN, NOT_FOUND}
    forum = scene.guild.add_forum_channel("gallery", requires_tag=True)
    tag_id = forum.add_tag("characters")
    gro = a_moderator(scene)
    await told(gro, scene.channel, "set", setting="results_channel", value=f"<#{forum.id}>")
    job, task_id = await job_without_thread(scene)

    await scene.house.bot.kill()
    scene.house.kie.finish(task_id)
    await scene.house.bot.start()

    post = await forum.wait_for_thread()
    result = await post.wait_for_message(lambda one: "Your character ID" in one.text, WAIT_SECONDS)
    await job.card_says("Character made")
    assert (post.applied_tags, len(forum.threads)) == ([str(tag_id)], 1)
    assert scene.pings() == [result]


async def test_only_what_takes_posts_may_be_a_forum(scene: Scene) -> None:
    forum = scene.guild.add_forum_channel("gallery")
    gro = a_moderator(scene)

    for setting in ("log_channel", "review_channel"):
        refused = await told(gro, scene.channel, "set", setting=setting, value=f"<#{forum.id}>")
        assert "Nothing was changed" in refused
    options = {"setting": "results_channel"}
    suggested = await gro.autocomplete(scene.channel, f"{ADMIN} set", "value", "gal", **options)
    assert [choice.value for choice in suggested] == [f"<#{forum.id}>"]


async def test_where_results_are_to_be_seen_a_private_order_is_refused_with_its_words(scene: Scene) -> None:
    gro = a_moderator(scene)
    await told(gro, scene.channel, "set", setting="private_results", value="off")
    prompt = scene.new_prompt()

    job = await scene.order(visibility="private", prompt=prompt)

    assert job.response.ephemeral
    assert job.response.message is not None
    for words in ("for everybody to see", "Nothing was charged", "visibility", prompt):
        assert words in job.response.message.text
    assert scene.house.memory.count(prompt) == 0
    await (await scene.order()).result()


async def wants(scene: Scene, results: str) -> None:
    await told(a_moderator(scene), scene.channel, "set", setting="results", value=results)
    for name in ("CREATE_PUBLIC_THREADS", "SEND_MESSAGES_IN_THREADS"):
        scene.channel.deny_bot(name)


async def test_where_results_belong_under_the_card_no_thread_is_opened_or_needed(scene: Scene) -> None:
    await wants(scene, "channel")
    scene.house.kie.script(scene.fails(), scene.succeeds())

    job = await scene.order()
    failure = await scene.channel.wait_for_message(lambda one: RETRY in one.buttons, WAIT_SECONDS)
    await scene.house.bot.kill()
    await scene.house.bot.start()
    await scene.mira.press(failure, RETRY)
    result = await job.result(2, scene.channel)
    await job.card_says("Character made")

    assert (failure.replied_to, result.replied_to) == (job.card, job.card)
    assert scene.pings() == [failure, result]
    assert scene.guild.threads == []
    rules = await private(await scene.sven.run_command(scene.channel, "character help"))
    assert "The id is posted under its card." in rules


async def test_where_results_belong_in_their_channel_they_go_there_and_failures_stay(scene: Scene) -> None:
    results = await with_results_channel(scene)
    await wants(scene, "results_channel")
    scene.house.kie.script(scene.fails(), scene.succeeds())

    job = await scene.order()
    failure = await scene.channel.wait_for_message(lambda one: RETRY in one.buttons, WAIT_SECONDS)
    await scene.mira.press(failure, RETRY)
    result = await job.result(2, results)
    await job.card_says("Character made")

    assert failure.replied_to is job.card
    assert scene.pings() == [failure, result]
    assert scene.guild.threads == []
    gro = a_moderator(scene)
    diagnosed = await told(gro, scene.channel, "diagnose")
    assert f"✅ Results are posted, without threads, in <#{results.id}>." in diagnosed
    assert "▫️ **Create Public Threads**" in diagnosed

    results.delete()
    scene.channel.allow_bot("CREATE_PUBLIC_THREADS")
    scene.channel.allow_bot("SEND_MESSAGES_IN_THREADS")
    cleared = "SELECT * FROM server_settings WHERE name = 'results_channel' AND value = 'none'"
    await scene.house.memory.until(lambda: scene.house.memory.rows(cleared), "it should be taken out")
    assert "❌ `results` is `results_channel`, but there is none" in await told(
        gro, scene.channel, "diagnose"
    )
    later = await scene.order()
    assert (await later.result()).channel is await later.thread()
