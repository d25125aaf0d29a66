"""turbobt 1.3.2, the second independent client: parameters by name, eras of four blocks, no storage defaults."""

import asyncio
from types import SimpleNamespace

import turbobt
from bittensor.keyfiles import Keypair

from steps import devnet, given, step


def wallet(coldkey, hotkey):
    cold = Keypair.create_from_uri(coldkey)
    return SimpleNamespace(coldkey=cold, coldkeypub=cold, hotkey=Keypair.create_from_uri(hotkey))


validator = wallet("//Val", "//Val/hot")
miner = wallet("//Miner1", "//Miner1/hot")
bob = wallet("//Bob", "//Bob/hot")
VAL_HOT = validator.hotkey.ss58_address
MINER_HOT = miner.hotkey.ss58_address


async def main():
    async with turbobt.Bittensor(given["url"], wallet=validator) as client:
        subnet = client.subnet(1)

        with step("connect") as said:
            head = await client.head.get()
            said(number=head.number, hash=head.hash, subnets=await client.subnets.count())

        with step("metagraph") as said:
            async with client.head:
                found = await subnet.get()
                neurons = await subnet.list_neurons()
                validators = await subnet.list_validators()
            said(
                name=found.name,
                tempo=found.tempo,
                hotkeys=[neuron.hotkey for neuron in neurons],
                validators=[neuron.hotkey for neuron in validators],
                stake=neurons[1].stake,
            )

        with step("hyperparameters") as said:
            async with client.head:
                found = await subnet.get_hyperparameters()
            said(tempo=found["tempo"], limit=found["weights_rate_limit"], commit_reveal=found["commit_reveal_weights_enabled"])

        with step("heads") as said:
            numbers = []
            queue = await client.subtensor.subscribe(await client.subtensor.chain.subscribeFinalizedHeads())
            async with asyncio.timeout(20):
                async for header in queue:
                    numbers.append(int(header["number"], 16))
                    if len(numbers) == 3:
                        break
            said(numbers=numbers)

        with step("transfer") as said:
            async def free(address):
                account = await client.subtensor.state.getStorage("System.Account", address)
                return account["data"]["free"]

            before = await free(miner.coldkey.ss58_address)
            sent = await client.subtensor.author.submitAndWatchExtrinsic(
                "Balances",
                "transfer_keep_alive",
                {"dest": miner.coldkey.ss58_address, "value": 1_500_000_000},
                key=bob.coldkey,
            )
            await sent.wait_for_finalization()
            said(moved=await free(miner.coldkey.ss58_address) - before)

        with step("register") as said:
            await subnet.neurons.register(bob.hotkey, wallet=bob, timeout=20)
            async with client.head:
                said(uid=(await subnet.get_neuron(bob.hotkey.ss58_address)).uid)

        with step("register twice") as said:
            try:
                await subnet.neurons.register(bob.hotkey, wallet=bob, timeout=20)
            except Exception as error:
                said(error=type(error).__name__)

        with step("stake") as said:
            async with client.head:
                before = (await subnet.get_neuron(VAL_HOT)).stake
            await subnet.neurons[VAL_HOT].add_stake(10_000_000_000, wallet=bob)
            async with client.head:
                said(gained=(await subnet.get_neuron(VAL_HOT)).stake - before)

        with step("serve_axon") as said:
            try:
                await subnet.neurons.serve("0:0:0:0:0:0:0:1", 8091, wallet=miner)
            except Exception as error:
                said(loopback=type(error).__name__)
            await subnet.neurons.serve("203.0.113.7", 8091, wallet=miner, timeout=20)
            async with client.head:
                axon = (await subnet.get_neuron(MINER_HOT)).axon_info
            said(ip=str(axon.ip), port=axon.port)

        with step("certificate") as said:
            pair = await client.subnet(1).neurons.generate_certificate_keypair(timeout=20)
            found = await subnet.neurons.get_certificates()
            said(published=found[VAL_HOT]["public_key"] == pair["public_key"])

        with step("commitment") as said:
            await subnet.commitments.set(b"hello devnet", wallet=miner)
            async with client.head:
                said(read=(await subnet.commitments.get(MINER_HOT))["data"].decode(), all=len(await subnet.commitments.fetch()))

        with step("set_weights") as said:
            await subnet.weights.set({2: 0.25, 3: 0.75})
            async with client.head:
                said(weights=await subnet.weights.get(1))

        with step("rate_limit") as said:
            try:
                await subnet.weights.set({2: 0.5, 3: 0.5})
            except Exception as error:
                said(error=type(error).__name__)

        with step("epoch") as said:
            async with client.head:
                before = (await subnet.get_neuron(MINER_HOT)).stake
            devnet("devnet_advance", 2 * given["tempo"])
            async with client.head:
                neurons = await subnet.list_neurons()
            said(
                incentive=[neuron.incentive for neuron in neurons],
                dividends=[neuron.dividends for neuron in neurons],
                earned=neurons[2].stake - before,
            )

        with step("timelock") as said:
            # Its formula for the round is that of older chains, and its drand is the real one: the commit is taken.
            round_number = await client.subnet(2).weights.commit({2: 0.5, 3: 1.0}, block_time=1)
            async with client.head:
                commits = await client.subnet(2).weights.fetch_pending()
            said(round=round_number, hotkeys=[list(epoch) for epoch in commits.values()])

asyncio.run(main())
