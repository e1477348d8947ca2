"""Texts that are too long, or want to do more than be read."""

from sandbox.discord.messages import Message
from tests.acceptance.clips import BAD
from tests.acceptance.scene import CREATE, Job, Scene, clip_file

LIMIT_UNITS = 5000
HOSTILE = (
    "@everyone <@&1> `tick` ```fence``` \u202egnp.exe\u202c \x00 NUL [a](https://evil.example) ||spoiler||"
)


async def order_unchecked(scene: Scene, **options: str) -> Job:
    """As a client sends it that does not know the limits of the options."""
    specs = [
        {name: value for name, value in spec.items() if name != "max_length"}
        for spec in scene.channel.world.commands.find(scene.guild.id, CREATE).specs
    ]
    given = {"clip": clip_file(), "subject": "fictional", "prompt": scene.new_prompt(), **options}
    call = await scene.mira.run_unchecked(scene.channel, CREATE, specs, **given)
    return Job(scene, scene.channel, str(given["prompt"]), call, await call.first_response())


def refusal(scene: Scene, job: Job) -> Message:
    """The private first response; nothing was stored, uploaded, submitted or told to anybody else."""
    assert job.response.ephemeral
    assert job.response.message is not None
    assert scene.house.memory.count(job.prompt) == 0
    assert (scene.uploads, scene.submissions) == (0, [])
    assert scene.channel.messages == []
    assert not scene.anybody_pinged()
    return job.response.message


def given_back(message: Message) -> str:
    """The text file in which a long text comes back whole."""
    (file,) = message.files
    assert isinstance(file.file.body, bytes)
    return file.file.body.decode()


async def test_a_prompt_of_5001_characters_is_refused_and_given_back_whole(scene: Scene) -> None:
    job = await order_unchecked(scene, prompt="p" * 5001)

    answer = refusal(scene, job)

    assert "5,001" in answer.text
    assert "5,000" in answer.text
    assert given_back(answer) == "p" * 5001


async def test_a_prompt_is_measured_as_the_provider_may_measure_it(scene: Scene) -> None:
    prompt = "🦊" * 2501
    job = await scene.order(prompt=prompt)

    answer = refusal(scene, job)

    assert "5,002" in answer.text
    assert given_back(answer) == prompt


async def test_a_prompt_of_5000_characters_goes_to_the_provider_whole(scene: Scene) -> None:
    job = await scene.order(prompt=f"{scene.new_prompt()} ".ljust(LIMIT_UNITS, "p"))

    task = await job.task()

    assert task.prompt is not None
    assert len(task.prompt) == LIMIT_UNITS
    await job.result()


async def test_a_safety_text_that_is_too_long_together_with_the_floor_is_refused(scene: Scene) -> None:
    job = await scene.order(safety="s" * 4950)

    answer = refusal(scene, job)

    assert "5,000" in answer.text
    assert "always applies" in answer.text
    assert job.prompt in answer.text
    assert given_back(answer) == "s" * 4950


async def test_a_name_that_is_too_long_is_refused(scene: Scene) -> None:
    job = await order_unchecked(scene, name="n" * 41)

    answer = refusal(scene, job)

    assert "41" in answer.text
    assert "40" in answer.text
    assert job.prompt in answer.text


async def test_a_hostile_prompt_pings_nobody_and_breaks_out_of_nothing(scene: Scene) -> None:
    job = await scene.order(prompt=f"{scene.new_prompt()} {HOSTILE}", name="@everyone ```x")

    await scene.house.discord.until(
        lambda: next((thread for thread in scene.guild.threads if len(thread.messages) > 0), None)
    )
    await job.card_says("Character made")

    (result,) = scene.pings()
    assert result.pinged_user_ids == {scene.mira.id}
    texts = [message.text for message in scene.messages()]
    for forbidden in ("@everyone", "<@&1>", "\u202e", "\x00", "](https://evil", "||"):
        assert not any(forbidden in text for text in texts), forbidden
    assert result.text.count("```") == 2


async def test_a_hostile_prompt_comes_back_harmless(scene: Scene) -> None:
    job = await scene.order(
        prompt=f"{scene.new_prompt()} {HOSTILE}", clip=clip_file(BAD["empty"].body(), "empty.mp4")
    )

    answer = refusal(scene, job)

    assert answer.text.count("```") == 2
    assert "NUL" in answer.text
    for hidden in ("\x00", "\u202e"):
        assert hidden not in answer.text


async def test_what_nobody_can_see_does_not_reach_the_provider(scene: Scene) -> None:
    before = len(scene.house.kie.ledger.tasks)
    await scene.order(prompt="seen\x00\u202e\u2066un\u200bseen", safety="\x00 kind \u202e")

    await scene.house.kie.ledger.wait_until(lambda: len(scene.house.kie.ledger.tasks) > before, 20)

    task = scene.house.kie.ledger.tasks[-1]
    assert task.prompt == "seenunseen"
    assert task.safety is not None
    assert task.safety.endswith("\nkind")


async def test_every_subject_is_taken(scene: Scene) -> None:
    subjects = ("me", "person-with-permission", "fictional", "animal-or-object")
    jobs = [await scene.order(subject=subject) for subject in subjects]

    for job in jobs:
        await job.result()


async def test_a_subject_that_nobody_offers_is_refused(scene: Scene) -> None:
    specs = [
        {name: value for name, value in spec.items() if name != "choices"}
        for spec in scene.channel.world.commands.find(scene.guild.id, CREATE).specs
    ]
    prompt = scene.new_prompt()
    call = await scene.mira.run_unchecked(
        scene.channel, CREATE, specs, clip=clip_file(), subject="minister", prompt=prompt
    )
    job = Job(scene, scene.channel, prompt, call, await call.first_response())

    assert prompt in refusal(scene, job).text
