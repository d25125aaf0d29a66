"""bittensor 11.3.0, the current line: intents, typed reads and raw calls."""

import asyncio
from types import SimpleNamespace

import bittensor as bt
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


def told(result):
    return {"success": result.success, "message": result.message}


async def main():
    client = bt.Client(given["url"])
    with step("connect") as said:
        await client.connect()
        said(block=await client.block(), spec=await client.spec_version(), block_time=await client.block_time())

    with step("metagraph") as said:
        metagraph = await client.subnets.metagraph(1)
        said(
            hotkeys=[neuron.hotkey for neuron in metagraph.neurons],
            permits=[neuron.validator_permit for neuron in metagraph.neurons],
            stake=[neuron.total_stake.alpha for neuron in metagraph.neurons],
            uid=await client.read("uid", netuid=1, hotkey_ss58=VAL_HOT),
        )

    with step("hyperparameters") as said:
        found = await client.read("subnet_hyperparameters", netuid=1)
        said(tempo=found["tempo"], limit=found["weights_rate_limit"], commit_reveal=found["commit_reveal_weights_enabled"])

    with step("heads") as said:
        numbers = []
        async for header in client.blocks():
            numbers.append(header.number)
            if len(numbers) == 3:
                break
        said(numbers=numbers)

    with step("transfer") as said:
        address = miner.coldkey.ss58_address
        before = await client.read("balance", coldkey_ss58=address)
        done = await client.execute(bt.Transfer(dest_ss58=address, amount_tao=1.5), bob)
        after = await client.read("balance", coldkey_ss58=address)
        said(**told(done), moved=after.rao - before.rao, fee=done.fee.rao)

    with step("register") as said:
        # The intent insists on the MEV shield, which a devnet has not; the call is the same.
        call = bt.calls.SubtensorModule.burned_register(netuid=1, hotkey=bob.hotkey.ss58_address)
        done = await client.submit_call(call, bob)
        said(**told(done), uid=await client.read("uid", netuid=1, hotkey_ss58=bob.hotkey.ss58_address))

    with step("stake") as said:
        place = {"coldkey_ss58": bob.coldkey.ss58_address, "hotkey_ss58": VAL_HOT, "netuid": 1}
        before = await client.read("stake", **place)
        done = await client.execute(bt.AddStake(hotkey_ss58=VAL_HOT, netuid=1, amount_tao=10), bob)
        after = await client.read("stake", **place)
        said(**told(done), gained=after.rao - before.rao)

    with step("unstake") as said:
        done = await client.execute(bt.RemoveStake(hotkey_ss58=VAL_HOT, netuid=1, amount_alpha=5), bob)
        left = await client.read("stake", **place)
        said(**told(done), left=left.rao)

    with step("serve_axon") as said:
        done = await client.execute(bt.ServeAxon(netuid=1, ip="203.0.113.7", port=8091), miner)
        metagraph = await client.subnets.metagraph(1)
        said(**told(done), axon=metagraph.neurons[2].axon)

    with step("commitment") as said:
        data = b"hello devnet"
        call = bt.calls.Commitments.set_commitment(netuid=1, info={"fields": [{f"Raw{len(data)}": "0x" + data.hex()}]})
        done = await client.submit_call(call, miner, signer="hotkey")
        read = await client.read("commitment", netuid=1, hotkey_ss58=MINER_HOT)
        said(**told(done), read=str(read))

    with step("set_weights") as said:
        done = await client.execute(bt.SetWeights(netuid=1, weights={2: 0.25, 3: 0.75}), validator)
        said(**told(done), weights=(await client.read("weights", netuid=1)).get(1))

    with step("rate_limit") as said:
        try:
            await client.execute(bt.SetWeights(netuid=1, weights={2: 0.5, 3: 0.5}), validator)
        except bt.ChainError as error:
            said(preflight=str(error.code), text=str(error))
        call = bt.calls.SubtensorModule.set_weights(netuid=1, dests=[2], weights=[1], version_key=0)
        try:
            said(**told(await client.submit_call(call, validator, signer="hotkey")))
        except bt.ChainError as error:
            said(success=False, message=str(error))

    with step("epoch") as said:
        place = {"coldkey_ss58": miner.coldkey.ss58_address, "hotkey_ss58": MINER_HOT, "netuid": 1}
        before = await client.read("stake", **place)
        devnet("devnet_advance", 2 * given["tempo"])
        metagraph = await client.subnets.metagraph(1)
        after = await client.read("stake", **place)
        said(
            incentive=[neuron.incentive for neuron in metagraph.neurons],
            dividends=[neuron.dividends for neuron in metagraph.neurons],
            emission=[neuron.emission.rao for neuron in metagraph.neurons],
            earned=after.rao - before.rao,
        )

    with step("timelock") as said:
        # SetWeights takes this way by itself where commit-reveal is on.
        done = await client.execute(bt.SetWeights(netuid=2, weights={2: 0.5, 3: 1}), validator)
        commits = await client.read("timelocked_weight_commits", netuid=2)
        said(**told(done), round=done.data.get("reveal_round"), commits=str(commits))

    with step("close") as said:
        await client.close()


asyncio.run(main())
